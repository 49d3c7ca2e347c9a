package io.quire.backend.cpu.plan;

import io.quire.api.device.PlanOptions;
import io.quire.backend.cpu.kernel.Kernels;
import io.quire.backend.cpu.kernel.PlainKernels;
import io.quire.backend.cpu.kernel.VectorKernels;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Measures prefill and decode by hand: {@code SpeedMain MODEL.gguf [threads] [plain]}. Method:
 * steps of the size shown, repeated on one plan; the best and the median of the repetitions after a
 * third of them as warm-up; token ids are arbitrary, which no dense model minds. Not a test: the
 * figures depend on the machine and on who shares it.
 */
final class SpeedMain {
  private static final PlanOptions OPTIONS = new PlanOptions(1024, 64, 2048, 16, 0);

  private SpeedMain() {}

  public static void main(String[] args) throws Exception {
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : 2;
    Kernels kernels = args.length > 2 ? new PlainKernels() : new VectorKernels();
    try (Model model = Model.open(Path.of(args[0]));
        Session session = new Session(model, kernels, threads, OPTIONS, 2048)) {
      System.out.println(kernels.name() + ", " + threads + " threads");
      measure(session, "prefill of 512", 512, 1, 24);
      measure(session, "decode of 1", 1, 1, 300);
      measure(session, "decode of 8", 1, 8, 100);
      measure(session, "decode of 32", 1, 32, 60);
    }
  }

  private static void measure(
      Session session, String name, int tokens, int sequences, int repetitions) throws Exception {
    double[] seconds = new double[repetitions];
    int[] ids = new int[2048];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = 1000 + i * 7919 % 20000;
    }
    Session.Sequence[] all = new Session.Sequence[sequences];
    for (int r = 0; r < repetitions; r++) {
      for (int s = 0; s < sequences; s++) {
        if (r == 0 || tokens > 1) {
          all[s] = session.restart(all[s], s, ids);
        }
        session.feed(all[s], tokens, false);
      }
      long begin = System.nanoTime();
      session.step();
      seconds[r] = (System.nanoTime() - begin) / 1e9;
    }
    for (int s = 0; s < sequences; s++) {
      session.end(all[s]);
    }
    double[] warm = Arrays.copyOfRange(seconds, repetitions / 3, repetitions);
    Arrays.sort(warm);
    double all1 = (double) tokens * sequences;
    System.out.printf(
        java.util.Locale.ROOT,
        "%-16s best %8.1f tokens/s, median %8.1f tokens/s (%.2f ms)%n",
        name,
        all1 / warm[0],
        all1 / warm[warm.length / 2],
        warm[warm.length / 2] * 1e3);
  }
}
