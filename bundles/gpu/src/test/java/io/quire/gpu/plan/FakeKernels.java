package io.quire.gpu.plan;

import io.quire.api.kernel.Expression;
import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A registry with a source for every operation, to which tests add theirs. */
final class FakeKernels implements KernelRegistry {
  /** What the sources of each operation take. */
  private static final Map<String, List<String>> ARGUMENTS =
      Map.ofEntries(
          takes("tokens.resolve", "ids sampled tokens"),
          takes("table.update", "block_table updates table_stride n"),
          takes("embed", "out ids table scale tokens"),
          takes("norm.rms", "out in weight epsilon add sum rows"),
          takes("rope.cache", "q k v k_cache v_cache positions cache_slots tokens"),
          takes(
              "attention.prefill",
              "out q k_cache v_cache block_table seq_slots seq_lens table_stride query_start skip seqs"),
          takes(
              "attention.decode",
              "out q k_cache v_cache block_table seq_slots seq_lens table_stride partial seqs"),
          takes("linear.tile", "out in weight bias residual rows"),
          takes("linear.skinny", "out in weight bias residual rows"),
          takes("linear.gated", "out in gate up rows"),
          takes("linear.triple", "out0 out1 out2 in weight0 weight1 weight2 rows"),
          takes("activation.gated", "out gate up rows"),
          takes("rows.take", "out in row_tokens rows"),
          takes("sample.assign", "token_counts ids slot prompt_length n"),
          takes(
              "sample",
              "sampled rows logits row_slots row_positions row_outputs row_targets params end_tokens"
                  + " token_counts logprobs invalid top_counts top_tokens top_logprobs"));

  /** Operations whose usual kernels take few rows. */
  private static final Set<String> FEW = Set.of("linear.skinny", "linear.gated", "linear.triple");

  private final List<KernelSource> sources = new CopyOnWriteArrayList<>();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  /** Reasons by text. */
  final Map<String, String> refusals = new ConcurrentHashMap<>();

  private record Source(KernelHeader header, String text, String origin) implements KernelSource {}

  private static Map.Entry<String, List<String>> takes(String op, String names) {
    return Map.entry(op, List.of(names.split(" ")));
  }

  /** {@return the names of what the usual kernel of an operation takes} */
  static List<String> arguments(String op) {
    return ARGUMENTS.get(op);
  }

  FakeKernels() {
    ARGUMENTS.keySet().forEach(op -> sources.add(source(op, 0, op.equals("sample") ? "7" : op)));
  }

  /** A source that takes the operation's usual arguments, and of few rows only few. */
  static KernelSource source(String op, int ranking, String text) {
    return source(
        op,
        ranking,
        text,
        ARGUMENTS.get(op),
        FEW.contains(op) ? few() : new Expression.Constant(1));
  }

  private static Expression few() {
    return new Expression.Call(
        Expression.Operator.LESS_EQUAL,
        List.of(new Expression.Name("ROWS"), new Expression.Constant(256)));
  }

  static KernelSource source(
      String op, int ranking, String text, List<String> arguments, Expression requirement) {
    List<KernelHeader.Scratch> scratch =
        arguments.contains("partial")
            ? List.of(new KernelHeader.Scratch("partial", new Expression.Name("tokens"), true))
            : List.of();
    return source(op, ranking, text, arguments, requirement, scratch);
  }

  /** A source with a tunable. */
  static KernelSource tunable(String op, int ranking, String text, String name, Integer... values) {
    KernelHeader h = source(op, ranking, text).header();
    KernelHeader header =
        new KernelHeader(
            op,
            h.name(),
            h.dialect(),
            h.dtypes(),
            "",
            ranking,
            Map.of(name, List.of(values)),
            h.defines(),
            h.requires(),
            h.scratch(),
            h.launches(),
            h.tensors(),
            "");
    return new Source(header, text, "test " + ranking);
  }

  /** A source that wants so many times {@code bytes} of memory for itself, of either kind. */
  static KernelSource scratchy(String op, int ranking, String text, Expression bytes, long times) {
    Expression all =
        new Expression.Call(
            Expression.Operator.MULTIPLY, List.of(bytes, new Expression.Constant(times)));
    List<KernelHeader.Scratch> scratch =
        List.of(
            new KernelHeader.Scratch("partial", all, true),
            new KernelHeader.Scratch("other", all, false));
    Expression one = new Expression.Constant(1);
    return source(op, ranking, text, List.of("out", "partial", "other"), one, scratch);
  }

  private static KernelSource source(
      String op,
      int ranking,
      String text,
      List<String> arguments,
      Expression requirement,
      List<KernelHeader.Scratch> scratch) {
    Expression one = new Expression.Constant(1);
    KernelHeader header =
        new KernelHeader(
            op,
            "fake" + ranking,
            "1.0",
            List.of("bf16", "f32"),
            "",
            ranking,
            Map.of(),
            Map.of("WG_SIZE", new Expression.Constant(8)),
            List.of(requirement),
            scratch,
            List.of(new KernelHeader.Launch(op, arguments, List.of(one, one, one), one, one)),
            Map.of(),
            "");
    return new Source(header, text, "test " + ranking);
  }

  void add(KernelSource source) {
    sources.add(source);
    tell(source);
  }

  void remove(KernelSource source) {
    sources.remove(source);
    tell(source);
  }

  /** Removes what is there for an operation, before anybody listens or after. */
  void removeAll(String op) {
    sources.stream().filter(s -> s.header().op().equals(op)).toList().forEach(this::remove);
  }

  int listeners() {
    return listeners.size();
  }

  private void tell(KernelSource source) {
    listeners.forEach(listener -> listener.changed(source.header().op()));
  }

  @Override
  public Optional<KernelSource> resolve(String op, String dtype, Map<String, Object> device) {
    return explain(op, dtype, device).stream()
        .filter(Verdict::usable)
        .map(Verdict::source)
        .findFirst();
  }

  @Override
  public List<Verdict> explain(String op, String dtype, Map<String, Object> device) {
    List<Verdict> verdicts = new ArrayList<>();
    for (KernelSource source : sources) {
      KernelHeader header = source.header();
      if (header.op().equals(op) && header.dtypes().contains(dtype)) {
        String objection = refusals.getOrDefault(source.text(), "");
        verdicts.add(new Verdict(source, header.ranking(), objection));
      }
    }
    verdicts.sort(Comparator.comparingInt(Verdict::ranking).reversed());
    return verdicts;
  }

  @Override
  public void refuse(KernelSource source, String device, String reason) {
    refusals.put(source.text(), device + ": " + reason);
    tell(source);
  }

  @Override
  public List<Entry> entries() {
    return sources.stream().map(source -> new Entry(source, Map.of())).toList();
  }

  @Override
  public Registration listen(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
