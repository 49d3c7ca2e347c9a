package io.quire.gpu.kernel;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.api.kernel.Expression;
import io.quire.api.kernel.KernelHeader;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A header with every number that is fixed at compile time. Immutable. */
final class ResolvedHeader {
  private static final int ELEMENT_BYTES = 2;

  /** Arguments of fused parts, and the numbers of the shape that ask for these. */
  private static final Map<String, String> PARTS =
      Map.of("bias", "HAS_BIAS", "residual", "HAS_RESIDUAL", "add", "HAS_ADD", "sum", "HAS_ADD");

  /** Combinations of tunables that are tried at most. */
  private static final int MAX_COMBINATIONS = 100_000;

  private final KernelHeader header;
  private final String device;
  private final Map<String, Long> known;
  private final Map<String, String> macros;

  private ResolvedHeader(
      KernelHeader header, String device, Map<String, Long> known, Map<String, String> macros) {
    this.header = header;
    this.device = device;
    this.known = known;
    this.macros = macros;
  }

  /**
   * Chooses tunables, computes defines and checks requirements; parameters as in {@link
   * KernelProgram#build}. Combinations of the tunables that are not given are tried in the order of
   * their candidates, the last one changing fastest; the first that the device serves is taken.
   */
  static ResolvedHeader resolve(
      DeviceInfo device,
      KernelHeader header,
      String dtype,
      Map<String, Integer> shape,
      Map<String, Integer> tunables) {
    if (!header.dtypes().contains(dtype)) {
      throw new KernelNotServedException(
          name(header) + " serves " + header.dtypes() + ", not " + dtype);
    }
    Map<String, Long> given = new LinkedHashMap<>();
    given.put("ELEM_FP16", dtype.equals("f16") ? 1L : 0L);
    shape.forEach((name, value) -> given.put(name, value.longValue()));
    given.put("DTYPE_" + dtype.toUpperCase(Locale.ROOT), 1L);
    List<String> names = List.copyOf(header.tunables().keySet());
    List<List<Integer>> candidates =
        names.stream()
            .map(name ->
                tunables.containsKey(name)
                    ? List.of(tunables.get(name))
                    : header.tunables().get(name))
            .toList();
    int[] choice = new int[names.size()];
    Optional<KernelNotServedException> first = Optional.empty();
    int tried = 0;
    do {
      for (int i = 0; i < choice.length; i++) {
        given.put(names.get(i), candidates.get(i).get(choice[i]).longValue());
      }
      try {
        return fixed(device, header, given);
      } catch (KernelNotServedException e) {
        first = first.or(() -> Optional.of(e));
      }
      tried++;
    } while (tried < MAX_COMBINATIONS && advance(choice, candidates));
    throw first.get();
  }

  /** The next combination; false after the last. */
  private static boolean advance(int[] choice, List<List<Integer>> candidates) {
    for (int i = choice.length - 1; i >= 0; i--) {
      if (++choice[i] < candidates.get(i).size()) {
        return true;
      }
      choice[i] = 0;
    }
    return false;
  }

  private static ResolvedHeader fixed(
      DeviceInfo device, KernelHeader header, Map<String, Long> given) {
    Map<String, Long> known = new HashMap<>(DeviceNumbers.of(device));
    known.putAll(given);
    Map<String, Long> numbers = new LinkedHashMap<>(given);
    ResolvedHeader resolved = new ResolvedHeader(header, device.id(), known, new LinkedHashMap<>());
    header
        .defines()
        .forEach((name, expression) -> {
          long value = resolved.fixed("@define " + name, expression);
          known.put(name, value);
          numbers.put(name, value);
        });
    numbers.forEach((name, value) -> resolved.macros.put(name, value.toString()));
    resolved.check();
    return resolved;
  }

  private void check() {
    for (Expression requirement : header.requires()) {
      if (fixed("@require", requirement) == 0) {
        throw new KernelNotServedException(
            name()
                + " does not serve this shape on "
                + device
                + ": it requires "
                + Expressions.text(requirement)
                + ", with "
                + values(requirement));
      }
    }
    if (!known.containsKey("WG_SIZE")) {
      throw new DeviceException(name() + ": the header defines no WG_SIZE");
    }
    for (KernelHeader.Launch launch : header.launches()) {
      int size = groupSize(launch);
      long limit = known.getOrDefault(DeviceNumbers.WORKGROUP_MAX, Long.MAX_VALUE);
      if (size < 1 || size > limit) {
        throw new KernelNotServedException(
            name() + " has groups of " + size + " work-items; " + device + " takes 1 to " + limit);
      }
    }
  }

  private String values(Expression expression) {
    Map<String, Long> used = new java.util.TreeMap<>();
    expression.evaluate(name -> {
      long value = value(name);
      used.put(name, value);
      return value;
    });
    return used.toString();
  }

  String name() {
    return name(header);
  }

  private static String name(KernelHeader header) {
    return header.op() + "/" + header.name();
  }

  Map<String, String> macros() {
    return Map.copyOf(macros);
  }

  List<KernelHeader.Scratch> scratch() {
    return header.scratch();
  }

  /** Launches that can happen in this shape. */
  List<KernelHeader.Launch> launches() {
    return header.launches().stream().filter(this::possible).toList();
  }

  int groupSize(KernelHeader.Launch launch) {
    return Math.toIntExact(fixed("size of " + launch.entry(), launch.size()));
  }

  /** Puts in all numbers that are known once the arguments are; only sizes are left. */
  Expression fold(Expression expression, Arguments arguments) {
    Map<String, Long> numbers = new HashMap<>(known);
    for (String name : arguments.names()) {
      if (Sizes.indexOf(name) < 0 && arguments.value(name).orElseThrow() instanceof Integer value) {
        numbers.put(name, value.longValue());
      }
    }
    Expression folded = Expressions.fold(expression, numbers);
    // Every name is asked for once here, so that a launch cannot meet an unknown one.
    long value = compute("expression", folded, new Sizes());
    return Expressions.constant(folded) ? new Expression.Constant(value) : folded;
  }

  long compute(String what, Expression expression, Sizes sizes) {
    if (expression instanceof Expression.Constant(var value)) {
      return value;
    }
    try {
      return expression.evaluate(sizes);
    } catch (ArithmeticException e) {
      throw failed(what, expression, e);
    }
  }

  private long fixed(String what, Expression expression) {
    try {
      return expression.evaluate(this::value);
    } catch (ArithmeticException e) {
      throw failed(what, expression, e);
    }
  }

  private DeviceException failed(String what, Expression expression, ArithmeticException e) {
    return new DeviceException(
        name() + ": " + what + " " + Expressions.text(expression) + ": " + e.getMessage(), e);
  }

  private long value(String name) {
    Long value = known.get(name);
    if (value != null) {
      return value;
    }
    String missing =
        DeviceNumbers.NAMES.contains(name)
            ? "the driver of " + device + " reports no property " + DeviceNumbers.property(name)
            : "it is no tunable, no number of the shape and not defined above";
    throw new DeviceException(name() + ": no value for " + name + ": " + missing);
  }

  int localBytes(KernelModule module, KernelHeader.Launch launch) {
    return module.exports().getOrDefault(launch.entry() + "_local", 0);
  }

  void checkLocalMemory(KernelModule module) {
    long limit = known.getOrDefault(DeviceNumbers.LOCAL_MEMORY, Long.MAX_VALUE);
    for (KernelHeader.Launch launch : header.launches()) {
      int bytes = localBytes(module, launch);
      if (bytes > limit) {
        throw new KernelNotServedException(
            name()
                + ": "
                + launch.entry()
                + " wants "
                + bytes
                + " bytes of local memory; "
                + device
                + " has "
                + limit);
      }
    }
  }

  boolean isTensor(String argument) {
    return header.tensors().containsKey(argument) && box(argument) > 0;
  }

  /** Derives a matrix from the operation's shape: a row of a cache, or of a product's operand. */
  Kernel.TensorView tensor(String argument, DeviceBuffer buffer) {
    long columns =
        switch (argument) {
          case "k_cache", "v_cache" -> Math.multiplyExact(value("KV_HEADS"), value("HEAD_DIM"));
          case "in", "weight", "weight0", "weight1", "weight2", "gate", "up" -> value("K");
          default ->
              throw new DeviceException(
                  name() + ": no shape is known for the page copies of argument " + argument);
        };
    long rows = buffer.bytes() / (columns * ELEMENT_BYTES);
    return boxed(argument, new Kernel.TensorView(buffer, ELEMENT_BYTES, rows, columns, columns, 0));
  }

  Kernel.TensorView boxed(String argument, Kernel.TensorView view) {
    return new Kernel.TensorView(
        view.buffer(),
        view.elementBytes(),
        view.rows(),
        view.columns(),
        view.rowStride(),
        box(argument));
  }

  private int box(String argument) {
    return Math.toIntExact(fixed("@tensor " + argument, header.tensors().get(argument)));
  }

  /**
   * Whether an argument belongs to a fused part that this shape leaves out: kernels take it
   * nevertheless and do not look at it.
   */
  boolean unused(String argument) {
    String part = PARTS.getOrDefault(argument, "");
    return !part.isEmpty() && known.getOrDefault(part, 1L) == 0;
  }

  /** Whether a launch can ever happen. */
  boolean possible(KernelHeader.Launch launch) {
    Expression when = Expressions.fold(launch.when(), known);
    return !Expressions.constant(when) || compute("when", when, new Sizes()) != 0;
  }
}
