package io.quire.metrics;

import io.quire.api.engine.Histogram;
import java.util.Map;

/**
 * Writes Prometheus' text format 0.0.4. By hand, since the counts exist already and the format has
 * five rules; the client library would bring three jars, a registry and its own configuration.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition
 *     formats</a>
 */
final class Exposition {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder();
  private String family = "";

  /** Begins a family of samples; all of its samples follow. */
  Exposition family(String name, String type, String help) {
    family = name;
    text.append("# HELP ").append(name).append(' ').append(escape(help, false)).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  void sample(Map<String, String> labels, double value) {
    line("", labels, "", number(value));
  }

  void sample(Map<String, String> labels, long value) {
    line("", labels, "", Long.toString(value));
  }

  void summary(Map<String, String> labels, long count, double sum) {
    line("_count", labels, "", Long.toString(count));
    line("_sum", labels, "", number(sum));
  }

  /** The engine counts each bucket by itself; Prometheus wants them cumulative. */
  void histogram(Map<String, String> labels, Histogram histogram) {
    long count = 0;
    for (int i = 0; i < histogram.counts().size(); i++) {
      count += histogram.counts().get(i);
      boolean last = i == histogram.bounds().size();
      String bound = last ? "+Inf" : number(histogram.bounds().get(i));
      line("_bucket", labels, bound, Long.toString(count));
    }
    line("_sum", labels, "", number(histogram.sum()));
    line("_count", labels, "", Long.toString(count));
  }

  private void line(String suffix, Map<String, String> labels, String bound, String value) {
    text.append(family).append(suffix);
    StringBuilder pairs = new StringBuilder();
    labels.forEach((name, label) -> pair(pairs, name, label));
    if (!bound.isEmpty()) {
      pair(pairs, "le", bound);
    }
    if (!pairs.isEmpty()) {
      text.append('{').append(pairs).append('}');
    }
    text.append(' ').append(value).append('\n');
  }

  private static void pair(StringBuilder pairs, String name, String value) {
    pairs.append(pairs.isEmpty() ? "" : ",").append(name);
    pairs.append("=\"").append(escape(value, true)).append('"');
  }

  private static String escape(String value, boolean quoted) {
    String escaped = value.replace("\\", "\\\\").replace("\n", "\\n");
    return quoted ? escaped.replace("\"", "\\\"") : escaped;
  }

  private static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return Double.toString(value);
  }

  /** {@return what was written} */
  String text() {
    return text.toString();
  }
}
