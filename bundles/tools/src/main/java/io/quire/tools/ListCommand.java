package io.quire.tools;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.kernel.KernelHeader;
import io.quire.tools.command.Command;
import io.quire.tools.command.CommandLine;
import io.quire.tools.command.TextTable;
import io.quire.tools.source.Distribution;
import io.quire.tools.source.TextSource;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code list}: the kernels of the distribution. */
final class ListCommand implements Command {
  private final Distribution distribution;

  ListCommand(Distribution distribution) {
    this.distribution = distribution;
  }

  @Override
  public String name() {
    return "list";
  }

  @Override
  public String about() {
    return "kernels of the distribution, for each operation the preferred first";
  }

  @Override
  public String usage() {
    return """
    usage: quire kernels list [--op OP] [--json]
      --op OP   only this operation, or those that begin with OP.
      --json    for programs: an array of objects
    A running server says with quire shell -c kernels which of them its devices use.
    """;
  }

  @Override
  public List<Option> options() {
    return List.of(Option.value("op", ""), Option.flag("json"));
  }

  @Override
  public int run(CommandLine line, PrintStream out, PrintStream err) throws IOException {
    line.noWords();
    List<TextSource> sources = distribution.select(line.text("op"), "");
    if (line.has("json")) {
      out.println(json(sources));
    } else {
      out.print(table(sources).text());
    }
    distribution.broken().forEach(reason -> err.println("broken: " + reason));
    return distribution.broken().isEmpty() ? 0 : 1;
  }

  private static TextTable table(List<TextSource> sources) {
    TextTable table =
        new TextTable("OP", "NAME", "TYPES", "DIALECT", "RANKING", "DEVICES", "TUNABLES", "ORIGIN");
    for (TextSource source : sources) {
      KernelHeader header = source.header();
      table.add(
          header.op(),
          header.name(),
          String.join(",", header.dtypes()),
          header.dialect(),
          header.ranking(),
          header.filter().isEmpty() ? "any" : header.filter(),
          header.tunables().isEmpty() ? "-" : tunables(header.tunables()),
          source.origin());
    }
    return table;
  }

  private static String tunables(Map<String, List<Integer>> tunables) {
    return tunables.entrySet().stream()
        .map(entry ->
            entry.getKey()
                + "="
                + entry.getValue().stream().map(String::valueOf).collect(Collectors.joining("|")))
        .collect(Collectors.joining(" "));
  }

  private static String json(List<TextSource> sources) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode array = mapper.createArrayNode();
    for (TextSource source : sources) {
      KernelHeader header = source.header();
      ObjectNode node = array.addObject();
      node.put("op", header.op());
      node.put("name", header.name());
      node.set("dtypes", mapper.valueToTree(header.dtypes()));
      node.put("dialect", header.dialect());
      node.put("ranking", header.ranking());
      node.put("filter", header.filter());
      node.set("tunables", mapper.valueToTree(header.tunables()));
      node.put("origin", source.origin());
      node.put("hash", source.hash());
    }
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(array);
  }
}
