package io.quire.worker.ring;

import io.quire.api.device.PlanOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/** A ring's memory, as one of its two sides has mapped it. */
public final class Ring implements AutoCloseable {
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  /** With fewer processors, who spins keeps the other side from running. */
  private static final int SPINNING_PROCESSORS = 3;

  final RingLayout layout;
  final MemorySegment memory;

  /** Frames that were written. */
  final Bell written;

  /** Frames that were read. */
  final Bell read;

  /** Steps that have ended. */
  final Bell ended;

  private final Arena arena;

  private Ring(RingLayout layout, MemorySegment memory, Arena arena, Sleep sleep) {
    this.layout = layout;
    this.memory = memory;
    this.arena = arena;
    written = bell(RingLayout.WRITTEN, sleep);
    read = bell(RingLayout.READ, sleep);
    ended = bell(RingLayout.ENDED, sleep);
  }

  private Bell bell(long counter, Sleep sleep) {
    boolean spins = Runtime.getRuntime().availableProcessors() >= SPINNING_PROCESSORS;
    Sleeper sleeper =
        sleep.futex() ? FutexSleeper.of(arena).orElseGet(ParkSleeper::new) : new ParkSleeper();
    return new Bell(
        memory, counter, sleeper, spins ? TimeUnit.MICROSECONDS.toNanos(sleep.spinMicros()) : 0);
  }

  /**
   * How a side waits for the other.
   *
   * @param spinMicros how long it looks before it sleeps; on machines of one or two processors it
   *     does not
   * @param futex whether the system's futex may be used
   */
  public record Sleep(int spinMicros, boolean futex) {
    /** Usual for a device that answers within milliseconds. */
    public static final Sleep DEFAULT = new Sleep(20, true);
  }

  /**
   * Makes the file, which only its owner can open; the parent does.
   *
   * @param file where; must not exist
   * @param options the plan's sizes
   * @param sleep how this side waits
   * @return the ring
   * @throws IOException if the file system has no room, or not the right
   */
  public static Ring create(Path file, PlanOptions options, Sleep sleep) throws IOException {
    RingLayout layout = new RingLayout(options);
    Arena arena = Arena.ofShared();
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      MemorySegment memory = channel.map(MapMode.READ_WRITE, 0, layout.bytes(), arena);
      touch(memory);
      memory.set(ValueLayout.JAVA_INT, 0, RingLayout.MAGIC);
      memory.set(ValueLayout.JAVA_INT, 4, RingLayout.VERSION);
      memory.set(ValueLayout.JAVA_LONG, RingLayout.BYTES_AT, layout.bytes());
      return new Ring(layout, memory, arena, sleep);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** Takes all of the memory now: later, a full file system would end the process. */
  private static void touch(MemorySegment memory) throws IOException {
    try {
      memory.fill((byte) 0);
    } catch (InternalError e) {
      throw new IOException(
          "the file system of shared memory has no room for " + memory.byteSize() + " bytes", e);
    }
  }

  /**
   * Maps a file that the other side has made, and deletes it: the memory stays until neither side
   * has it any more.
   *
   * @param file where
   * @param options the plan's sizes, equal on both sides
   * @param sleep how this side waits
   * @return the ring
   * @throws IOException if it cannot be mapped or is laid out differently
   */
  public static Ring open(Path file, PlanOptions options, Sleep sleep) throws IOException {
    RingLayout layout = new RingLayout(options);
    Arena arena = Arena.ofShared();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (channel.size() != layout.bytes()) {
        throw new IOException(
            "ring "
                + file
                + " has "
                + channel.size()
                + " bytes but should have "
                + layout.bytes()
                + "; parent and child are of different versions");
      }
      MemorySegment memory = channel.map(MapMode.READ_WRITE, 0, layout.bytes(), arena);
      Files.delete(file);
      if (memory.get(ValueLayout.JAVA_INT, 0) != RingLayout.MAGIC
          || memory.get(ValueLayout.JAVA_INT, 4) != RingLayout.VERSION
          || memory.get(ValueLayout.JAVA_LONG, RingLayout.BYTES_AT) != layout.bytes()) {
        throw new IOException("ring " + file + " does not begin as a ring does");
      }
      return new Ring(layout, memory, arena, sleep);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** {@return how often the child's step thread has shown that it lives} */
  public int beats() {
    return (int) INT.getOpaque(memory, RingLayout.BEAT);
  }

  void beat(int count) {
    INT.setOpaque(memory, RingLayout.BEAT, count);
  }

  /** Wakes whoever of this process waits for the other side, to look around. */
  void wakeOwn() {
    read.wake();
    written.wake();
    ended.wake();
  }

  /** Unmaps the memory. Nobody of this side uses it any more. */
  @Override
  public void close() {
    arena.close();
  }
}
