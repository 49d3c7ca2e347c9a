package io.quire.text.jinja;

import java.util.List;
import java.util.Optional;

/** What {@code cycler(...)} makes: gives its values in turn, again and again. */
final class Cycler {
  private final List<Object> items;
  private int at;

  Cycler(List<Object> items) {
    if (items.isEmpty()) {
      throw Fault.type("at least one item has to be provided to cycler()");
    }
    this.items = items;
  }

  Optional<Object> attribute(String name) {
    return switch (name) {
      case "current" -> Optional.of(items.get(at));
      case "next" ->
          Optional.of(
              new Function(
                  name,
                  (args, _) -> {
                    args.bind("next", 0);
                    Object item = items.get(at);
                    at = (at + 1) % items.size();
                    return item;
                  }));
      case "reset" ->
          Optional.of(
              new Function(
                  name,
                  (args, _) -> {
                    args.bind("reset", 0);
                    at = 0;
                    return Values.NONE;
                  }));
      default -> Optional.empty();
    };
  }
}
