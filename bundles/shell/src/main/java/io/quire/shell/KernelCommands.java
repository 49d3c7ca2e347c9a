package io.quire.shell;

import static io.quire.shell.Table.Column.number;
import static io.quire.shell.Table.Column.text;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelRegistry;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Kernel sources. */
@Component(service = KernelCommands.class)
@GogoCommand(scope = "quire", function = "kernels")
public final class KernelCommands {
  private final KernelRegistry registry;

  /**
   * Creates the command.
   *
   * @param registry the sources there are
   */
  @Activate
  public KernelCommands(@Reference KernelRegistry registry) {
    this.registry = registry;
  }

  /**
   * A kernel source.
   *
   * @param header what it says of itself; without an op if it is broken
   * @param origin where it came from
   * @param refusals reason by device
   */
  public record KernelRow(KernelHeader header, String origin, Map<String, String> refusals) {
    static KernelRow of(KernelRegistry.Entry entry) {
      return new KernelRow(
          entry.source().header(), entry.source().origin(), new TreeMap<>(entry.refusals()));
    }
  }

  /** {@return all kernel sources} */
  @Descriptor("kernel sources, for each op the preferred first, and the devices that refuse them")
  public Table<KernelRow> kernels() {
    return table(registry.entries());
  }

  /**
   * Lists the sources of an op.
   *
   * @param op the op
   * @return its sources
   */
  @Descriptor("kernel sources of an op, the preferred first, and the devices that refuse them")
  public Table<KernelRow> kernels(@Descriptor("the op, such as linear") String op) {
    return table(entries(registry, op));
  }

  /** {@return the sources of an op; an error names the ops there are} */
  static List<KernelRegistry.Entry> entries(KernelRegistry registry, String op) {
    List<KernelRegistry.Entry> all = registry.entries();
    List<KernelRegistry.Entry> found =
        all.stream().filter(entry -> entry.source().header().op().equals(op)).toList();
    if (found.isEmpty()) {
      throw Models.unknown(
          "kernel for the op",
          op,
          all.stream()
              .map(entry -> entry.source().header().op())
              .filter(name -> !name.isEmpty())
              .distinct()
              .toList());
    }
    return found;
  }

  private static Table<KernelRow> table(List<KernelRegistry.Entry> entries) {
    return Table.of(
        "no kernel sources",
        entries.stream().map(KernelRow::of).toList(),
        text("OP", row -> row.header().op().isEmpty() ? "(broken)" : row.header().op()),
        text("NAME", row -> row.header().name()),
        text("DIALECT", row -> row.header().dialect()),
        text("TYPES", row -> String.join(",", row.header().dtypes())),
        number("RANKING", row -> row.header().ranking()),
        text("DEVICES", row -> row.header().filter().isEmpty() ? "any" : row.header().filter()),
        text("ORIGIN", KernelRow::origin),
        text("REFUSED", row -> row.refusals().isEmpty() ? "-" : row.refusals()));
  }
}
