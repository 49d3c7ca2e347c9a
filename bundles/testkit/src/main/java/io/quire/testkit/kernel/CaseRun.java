package io.quire.testkit.kernel;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.StagingBuffer;
import io.quire.gpu.kernel.Arguments;
import io.quire.gpu.kernel.KernelProgram;
import io.quire.gpu.kernel.Sizes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs cases on a queue of its own. Behind every buffer lie bytes that must not change, since a
 * kernel never writes what the shapes do not cover.
 */
final class CaseRun implements AutoCloseable {
  static final int GUARD = 256;

  private static final byte PATTERN = (byte) 0xA5;
  private static final long LIMIT = TimeUnit.MINUTES.toNanos(2);

  private final DeviceDriver driver;
  private final int guard;
  private final CommandQueue queue;

  /**
   * Prepares to run cases.
   *
   * @param driver the device
   * @param guard how many bytes lie behind every buffer
   */
  CaseRun(DeviceDriver driver, int guard) {
    this.driver = driver;
    this.guard = guard;
    queue = driver.queue();
  }

  /** Runs one case of a program that was built for its shape; says what is wrong. */
  Optional<String> problem(KernelProgram program, KernelCase each) {
    Map<String, DeviceBuffer> buffers = new LinkedHashMap<>();
    List<DeviceBuffer> scratch = new ArrayList<>();
    try {
      Arguments arguments = arguments(each, buffers);
      Sizes sizes = Sizes.of(each.sizes());
      List<KernelProgram.Scratch> pieces = program.scratch(sizes, arguments);
      scratch.addAll(program.allocateScratch(driver, queue, sizes, arguments));
      program.bind(arguments).launch(queue, sizes);
      Optional<String> problem = judge(each, buffers);
      for (int i = 0; i < scratch.size() && problem.isEmpty(); i++) {
        if (pieces.get(i).zeroed()) {
          problem = zeros(pieces.get(i).name(), scratch.get(i));
        }
      }
      return problem.map(p -> program.name() + ", case " + each.name() + ": " + p);
    } finally {
      buffers.values().forEach(DeviceBuffer::close);
      scratch.forEach(DeviceBuffer::close);
    }
  }

  private Arguments arguments(KernelCase each, Map<String, DeviceBuffer> buffers) {
    Arguments arguments = new Arguments();
    each.arguments()
        .forEach((name, value) -> {
          switch (value) {
            case KernelCase.Argument.Buffer(var contents) -> {
              DeviceBuffer buffer = upload(contents);
              buffers.put(name, buffer);
              arguments.buffer(name, buffer);
            }
            case KernelCase.Argument.Int(var number) -> arguments.number(name, number);
            case KernelCase.Argument.Float(var number) -> arguments.number(name, number);
          }
        });
    return arguments;
  }

  private DeviceBuffer upload(MemorySegment contents) {
    long bytes = contents.byteSize();
    DeviceBuffer buffer = driver.allocate(bytes + guard);
    try (StagingBuffer staging = driver.allocateStaging(bytes + guard)) {
      MemorySegment target = staging.segment().asSlice(0, bytes + guard);
      target.fill(PATTERN);
      target.asSlice(0, bytes).copyFrom(contents);
      queue.upload(staging, 0, buffer, 0, bytes + guard);
      finish();
    }
    return buffer;
  }

  private Optional<String> judge(KernelCase each, Map<String, DeviceBuffer> buffers) {
    for (Map.Entry<String, DeviceBuffer> entry : buffers.entrySet()) {
      DeviceBuffer buffer = entry.getValue();
      long bytes = buffer.bytes() - guard;
      try (StagingBuffer staging = driver.allocateStaging(buffer.bytes())) {
        MemorySegment result = download(buffer, staging);
        Optional<String> problem = same(result.asSlice(bytes), PATTERN);
        if (problem.isPresent()) {
          return Optional.of(entry.getKey() + " was written behind its end: " + problem.get());
        }
        for (KernelCase.Expectation expectation : each.expectations()) {
          if (expectation.argument().equals(entry.getKey())) {
            problem = expectation.check().problem(result.asSlice(0, bytes));
            if (problem.isPresent()) {
              return Optional.of(entry.getKey() + ": " + problem.get());
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  private Optional<String> zeros(String name, DeviceBuffer buffer) {
    try (StagingBuffer staging = driver.allocateStaging(buffer.bytes())) {
      return same(download(buffer, staging), (byte) 0)
          .map(p -> "scratch " + name + " must be left zero: " + p);
    }
  }

  private static Optional<String> same(MemorySegment bytes, byte value) {
    for (long i = 0; i < bytes.byteSize(); i++) {
      byte found = bytes.get(ValueLayout.JAVA_BYTE, i);
      if (found != value) {
        return Optional.of("byte " + i + " is " + found + ", expected " + value);
      }
    }
    return Optional.empty();
  }

  private MemorySegment download(DeviceBuffer buffer, StagingBuffer staging) {
    queue.download(buffer, 0, staging, 0, buffer.bytes());
    finish();
    return staging.segment().asSlice(0, buffer.bytes());
  }

  private void finish() {
    if (!queue.fence().await(LIMIT)) {
      throw new io.quire.api.device.DeviceException(
          "the device has not finished a contract case after "
              + TimeUnit.NANOSECONDS.toSeconds(LIMIT)
              + " s");
    }
  }

  @Override
  public void close() {
    queue.close();
  }
}
