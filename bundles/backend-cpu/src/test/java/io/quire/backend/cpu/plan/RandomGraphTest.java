package io.quire.backend.cpu.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quire.api.device.PlanOptions;
import io.quire.backend.cpu.kernel.Kernels;
import io.quire.backend.cpu.kernel.PlainKernels;
import io.quire.backend.cpu.kernel.VectorKernels;
import io.quire.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Random small models: right, and the same bits whatever happens around a sequence. */
@ExtendWith(Seed.class)
class RandomGraphTest {
  private static final Kernels PLAIN = new PlainKernels();
  private static final Kernels VECTOR = new VectorKernels();

  @Test
  void shouldAgreeWithTheDoubleReference(RandomGenerator random) throws Exception {
    for (int i = 0; i < 40; i++) {
      agree(random);
    }
  }

  private static void agree(RandomGenerator random) throws Exception {
    Model model = RandomModel.draw(random);
    int[] tokens = tokens(random, model, random.nextInt(1, 70));
    double[][] expected = DoubleReference.logits(model, tokens);
    int blockTokens = new int[] {1, 7, 16, 20, 32}[random.nextInt(5)];
    PlanOptions options = new PlanOptions(80, 2, 200, blockTokens, 0);
    try (Session session = new Session(model, VECTOR, 2, options, 300)) {
      session.shuffle(random);
      Session.Sequence sequence = session.start(1, tokens);
      session.feed(sequence, tokens.length, true);
      session.step();
      double size = 0;
      for (double[] row : expected) {
        for (double x : row) {
          size = Math.max(size, Math.abs(x));
        }
      }
      for (int t = 0; t < tokens.length; t++) {
        for (int i = 0; i < expected[t].length; i++) {
          double actual = sequence.logits.get(t)[i];
          assertEquals(expected[t][i], actual, 2e-4 * size + 1e-6, "token " + t + " logit " + i);
        }
      }
    }
  }

  @Test
  void shouldGiveTheSameBitsInAnyCompany(RandomGenerator random) throws Exception {
    for (int i = 0; i < 20; i++) {
      keepBits(random);
    }
  }

  private static void keepBits(RandomGenerator random) throws Exception {
    Model model = RandomModel.draw(random);
    int[] tokens = tokens(random, model, random.nextInt(2, 90));
    List<float[]> expected = alone(model, tokens, PLAIN);
    for (int run = 0; run < 6; run++) {
      int threads = 1 + run % 3;
      Kernels kernels = run == 3 ? PLAIN : VECTOR;
      List<float[]> actual = inCompany(model, tokens, kernels, threads, random);
      for (int t = 0; t < tokens.length; t++) {
        assertArrayEquals(expected.get(t), actual.get(t), "run " + run + " token " + t);
      }
    }
  }

  /** One step, one thread. */
  private static List<float[]> alone(Model model, int[] tokens, Kernels kernels) throws Exception {
    PlanOptions options = new PlanOptions(100, 1, 128, 16, 0);
    try (Session session = new Session(model, kernels, 1, options, 8)) {
      Session.Sequence sequence = session.start(0, tokens);
      session.feed(sequence, tokens.length, true);
      session.step();
      return sequence.logits;
    }
  }

  /** Random chunks, in front of, between and behind other sequences in random chunks. */
  private static List<float[]> inCompany(
      Model model, int[] tokens, Kernels kernels, int threads, RandomGenerator random)
      throws Exception {
    int most = random.nextInt(1, 20);
    PlanOptions options = new PlanOptions(5 * most, 5, 128, 16, 0);
    try (Session session = new Session(model, kernels, threads, options, 60)) {
      session.shuffle(random);
      int own = random.nextInt(5);
      List<Session.Sequence> all = new ArrayList<>();
      for (int slot = 0; slot < 5; slot++) {
        int[] ids = slot == own ? tokens : tokens(random, model, random.nextInt(1, 90));
        all.add(session.start(slot, ids));
      }
      Session.Sequence wanted = all.get(own);
      while (wanted.fed < tokens.length) {
        for (Session.Sequence sequence : all) {
          int left = Math.min(most, sequence.tokens.length - sequence.fed);
          if (left > 0 && (sequence == wanted || random.nextInt(3) > 0)) {
            session.feed(sequence, random.nextInt(1, left + 1), true);
          }
        }
        session.step();
      }
      return wanted.logits;
    }
  }

  private static int[] tokens(RandomGenerator random, Model model, int count) {
    return random.ints(count, 0, model.graph().vocabularySize()).toArray();
  }
}
