package io.quire.gpu.tune;

import io.quire.gpu.tune.Contents.Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;

/** Workloads of sampling: every row draws by temperature and top-p, as chats do. */
final class SamplingWorkloads {
  private static final int PARAMETER_WORDS = 16;
  private static final float TEMPERATURE = 0.8f;
  private static final float TOP_P = 0.95f;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private SamplingWorkloads() {}

  static Workload assign(WorkloadMaker maker, int tokens) {
    int vocab = maker.number("VOCAB");
    return maker
        .size("n", tokens)
        .whole("n", tokens)
        .whole("slot", 0)
        .whole("prompt_length", tokens)
        .memory("ids", (long) tokens * Integer.BYTES, Contents.ints(i -> i * 31 % vocab))
        .memory("token_counts", counts(1, vocab), Contents.zeros())
        .result("token_counts", Format.EXACT)
        .traffic(counts(1, vocab))
        .make();
  }

  static Workload sample(WorkloadMaker maker, int rows) {
    int vocab = maker.number("VOCAB");
    int tops = Math.max(1, maker.number("MAX_LOGPROBS"));
    long ints = (long) rows * Integer.BYTES;
    long ends = ints * Math.max(1, maker.number("MAX_ENDS"));
    long biases = ints * Math.max(1, maker.number("MAX_BIAS"));
    return maker
        .memory("logits", ints * vocab, Contents.singles(-10, 10))
        .traffic(ints * vocab)
        .memory("row_slots", ints, Contents.ints(i -> i))
        .memory("row_positions", ints, Contents.ints(i -> 100 + i))
        .memory("row_outputs", ints, Contents.ints(i -> 10))
        .memory("row_targets", ints, Contents.ints(i -> -1))
        .memory("params", ints * PARAMETER_WORDS, SamplingWorkloads::parameters)
        .memory("end_tokens", ends, Contents.zeros())
        .memory("bias_tokens", biases, Contents.zeros())
        .memory("bias_values", biases, Contents.zeros())
        .memory("token_counts", counts(rows, vocab), Contents.zeros())
        .memory("sampled", ints, Contents.zeros())
        .memory("logprobs", ints, Contents.zeros())
        .memory("invalid", ints, Contents.zeros())
        .memory("top_counts", ints, Contents.zeros())
        .memory("top_tokens", ints * tops, Contents.zeros())
        .memory("top_logprobs", ints * tops, Contents.zeros())
        .result("sampled", Format.EXACT)
        .result("invalid", Format.EXACT)
        .make();
  }

  /** Two bytes a token of the vocabulary, whole words. */
  private static long counts(int slots, int vocab) {
    return Math.ceilDiv((long) slots * vocab, 2) * Integer.BYTES;
  }

  private static void parameters(MemorySegment target, RandomGenerator random) {
    target.fill((byte) 0);
    for (long slot = 0; slot < target.byteSize() / Integer.BYTES / PARAMETER_WORDS; slot++) {
      long at = slot * PARAMETER_WORDS;
      target.setAtIndex(INT, at, Float.floatToIntBits(TEMPERATURE));
      target.setAtIndex(INT, at + 2, Float.floatToIntBits(TOP_P));
      target.setAtIndex(INT, at + 4, Float.floatToIntBits(1));
      target.setAtIndex(INT, at + 7, random.nextInt());
      target.setAtIndex(INT, at + 9, -1);
    }
  }
}
