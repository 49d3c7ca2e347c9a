package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What filters mean by {@code attribute="a.b.0"}: a path of attributes and elements. */
final class Attributes {
  private final List<Object> path;
  private final Runtime runtime;

  private Attributes(List<Object> path, Runtime runtime) {
    this.path = path;
    this.runtime = runtime;
  }

  static Attributes of(Object attribute, Runtime runtime) {
    List<Object> path = new ArrayList<>();
    if (Values.isText(attribute)) {
      String text = Values.text(attribute, "");
      runtime.budget().text(text.length());
      for (String part : text.split("\\.", -1)) {
        boolean number = !part.isEmpty() && part.chars().allMatch(c -> c >= '0' && c <= '9');
        path.add(number ? (Object) Literals.integer(part) : part);
      }
      runtime.budget().items(path.size());
    } else if (attribute != Values.NONE) {
      path.add(attribute);
    }
    return new Attributes(path, runtime);
  }

  /** Several paths, separated by commas. */
  static List<Attributes> several(Object attribute, Runtime runtime) {
    if (!Values.isText(attribute)) {
      return List.of(of(attribute, runtime));
    }
    List<Attributes> all = new ArrayList<>();
    for (String part : Values.text(attribute, "").split(",", -1)) {
      all.add(of(part, runtime));
    }
    return all;
  }

  Object get(Object item) {
    return get(item, Values.NONE);
  }

  /** Follows the path; what is undefined on the way becomes the default, unless that is none. */
  Object get(Object item, Object otherwise) {
    Object value = item;
    for (Object part : path) {
      runtime.budget().step();
      value = Access.item(value, part, runtime);
      if (value instanceof Undefined && otherwise != Values.NONE) {
        value = otherwise;
      }
    }
    return value;
  }

  /** Folds the case of a string that is compared; other values stay. */
  static Object fold(Object value, boolean caseSensitive, Budget budget) {
    if (caseSensitive || !Values.isText(value)) {
      return value;
    }
    String text = Values.text(value, "");
    budget.text(text.length());
    return text.toLowerCase(Locale.ROOT);
  }
}
