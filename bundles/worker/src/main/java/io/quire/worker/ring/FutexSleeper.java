package io.quire.worker.ring;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Linux's futex, by {@code syscall} of the C library, which has no function for it. Not the private
 * kind, as the memory is another process's too. The result is not looked at: whoever sleeps looks
 * at the number again, whatever woke it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/futex.2.html">futex(2)</a>
 */
final class FutexSleeper implements Sleeper {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final Map<String, Long> NUMBERS =
      Map.of("amd64", 202L, "x86_64", 202L, "aarch64", 98L);
  private static final String FUNCTION = "syscall";
  private static final long WAIT = 0;
  private static final long WAKE = 1;
  private static final long SECOND = 1_000_000_000L;

  private final MemorySegment timeout;

  private FutexSleeper(Arena arena) {
    timeout = arena.allocate(16, 8);
  }

  /** Constants, so that the compiler sees through the call; not touched where there is no futex. */
  private static final class Futex {
    static final long NUMBER = NUMBERS.get(System.getProperty("os.arch"));

    @SuppressWarnings("restricted")
    static final MethodHandle SYSCALL =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().find(FUNCTION).orElseThrow(),
                FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG),
                Linker.Option.firstVariadicArg(1));
  }

  /**
   * Makes one for one thread that sleeps, and any that wake.
   *
   * @param arena owns its memory
   * @return a sleeper, or empty if this system has no futex
   */
  static Optional<Sleeper> of(Arena arena) {
    boolean linux = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).equals("linux");
    boolean known = NUMBERS.containsKey(System.getProperty("os.arch", ""));
    return linux && known && Linker.nativeLinker().defaultLookup().find(FUNCTION).isPresent()
        ? Optional.of(new FutexSleeper(arena))
        : Optional.empty();
  }

  @Override
  public void sleep(MemorySegment memory, long offset, int value, long nanos) {
    timeout.set(LONG, 0, nanos / SECOND);
    timeout.set(LONG, 8, nanos % SECOND);
    call(memory.address() + offset, WAIT, value, timeout.address());
  }

  @Override
  public void wake(MemorySegment memory, long offset) {
    call(memory.address() + offset, WAKE, 1, 0);
  }

  @SuppressWarnings("checkstyle:IllegalCatch")
  private long call(long address, long operation, long value, long time) {
    try {
      return (long)
          Futex.SYSCALL.invokeExact(Futex.NUMBER, address, operation, value, time, 0L, 0L);
    } catch (Throwable e) {
      throw new IllegalStateException("the system's futex cannot be called: " + e, e);
    }
  }
}
