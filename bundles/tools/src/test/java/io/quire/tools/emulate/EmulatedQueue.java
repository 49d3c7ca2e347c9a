package io.quire.tools.emulate;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.Kernel;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.device.StagingBuffer;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A queue whose work is done when it is asked for. */
final class EmulatedQueue implements CommandQueue {
  private static final Fence REACHED =
      new Fence() {
        @Override
        public boolean reached() {
          return true;
        }

        @Override
        public boolean await(long nanos) {
          return true;
        }
      };

  @Override
  public void launch(Kernel kernel, LaunchGeometry geometry) {
    ((EmulatedKernel) kernel).launch(geometry);
  }

  @Override
  public void upload(
      StagingBuffer source, long sourceOffset, DeviceBuffer target, long targetOffset, long bytes) {
    MemorySegment.copy(source.segment(), sourceOffset, memory(target), targetOffset, bytes);
  }

  @Override
  public void download(
      DeviceBuffer source, long sourceOffset, StagingBuffer target, long targetOffset, long bytes) {
    MemorySegment.copy(memory(source), sourceOffset, target.segment(), targetOffset, bytes);
  }

  @Override
  public void copy(
      DeviceBuffer source, long sourceOffset, DeviceBuffer target, long targetOffset, long bytes) {
    MemorySegment.copy(memory(source), sourceOffset, memory(target), targetOffset, bytes);
  }

  @Override
  public void fill(DeviceBuffer target, long offset, long bytes, byte value) {
    memory(target).asSlice(offset, bytes).fill(value);
  }

  private static MemorySegment memory(DeviceBuffer buffer) {
    return ((SharedMemory.Piece) buffer).segment();
  }

  @Override
  public Fence fence() {
    return REACHED;
  }

  @Override
  public Optional<CapturedGraph> capture(Runnable work) {
    return Optional.empty();
  }

  @Override
  public void close() {
    // nothing is held
  }
}
