package io.quire.text.jinja;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Attributes and elements, with the rules of Jinja's immutable sandbox: names that begin with an
 * underscore and methods that change a list or mapping are undefined. What exists is listed in
 * {@link StringMethods} and {@link ContainerMethods}; nothing is looked up by reflection.
 */
final class Access {
  /** Internal attributes that Python's undefined values have like any object. */
  private static final Set<String> OF_EVERY_OBJECT =
      Set.of(
          "__class__",
          "__doc__",
          "__module__",
          "__init__",
          "__new__",
          "__str__",
          "__repr__",
          "__hash__",
          "__eq__",
          "__ne__",
          "__len__",
          "__iter__",
          "__call__",
          "__getattr__",
          "__getattribute__",
          "__setattr__",
          "__delattr__",
          "__getitem__",
          "__dir__",
          "__reduce__",
          "__reduce_ex__",
          "__sizeof__",
          "__format__",
          "__subclasshook__",
          "__init_subclass__",
          "__slots__");

  private Access() {}

  /** Evaluates {@code object.name}. */
  static Object attribute(Object object, String name, Runtime runtime) {
    Optional<Object> own = own(object, name);
    if (own.isPresent()) {
      return own.get();
    }
    if (object instanceof Undefined undefined) {
      throw undefined.fault();
    }
    return element(object, name, runtime).orElseGet(() -> missing(object, name, runtime));
  }

  /** Evaluates {@code object[index]}. */
  static Object item(Object object, Object index, Runtime runtime) {
    if (object instanceof Undefined undefined) {
      throw undefined.fault();
    }
    Optional<Object> element = element(object, index, runtime);
    if (element.isEmpty() && index instanceof Slice) {
      throw Fault.type(PythonText.quote(Values.typeName(object)) + " object cannot be sliced");
    }
    if (element.isEmpty() && Values.isText(index)) {
      element = own(object, Values.text(index, ""));
    }
    return element.orElseGet(() -> missing(object, index, runtime));
  }

  /** Evaluates the filter {@code attr}: an attribute, never an element. */
  static Object attributeOnly(Object object, String name, Runtime runtime) {
    if (object instanceof Undefined undefined && !isInternal(name)) {
      throw undefined.fault();
    }
    return own(object, name).orElseGet(() -> missing(object, name, runtime));
  }

  private static Object missing(Object object, Object name, Runtime runtime) {
    String type = PythonText.quote(Values.typeName(object) + " object");
    if (Values.isText(name)) {
      String attribute = Values.text(name, "");
      return new Undefined(type + " has no attribute " + PythonText.quote(attribute));
    }
    String shown =
        name instanceof Collection ? "of that index" : PythonText.str(name, runtime.budget());
    return new Undefined(type + " has no element " + shown);
  }

  /** What Python's {@code object[index]} gives; empty where it raises an error. */
  private static Optional<Object> element(Object object, Object index, Runtime runtime) {
    Budget budget = runtime.budget();
    return switch (object) {
      case Map<?, ?> map ->
          index instanceof Slice
                  || index instanceof Collection && !(index instanceof Tuple)
                  || index instanceof Map
              ? Optional.empty()
              : Optional.ofNullable(Dicts.get(map, index, budget));
      case Range range when index instanceof Slice slice -> Optional.of(slice.take(range));
      case List<?> list when index instanceof Slice slice ->
          Optional.of(slice(list, slice, budget));
      case List<?> list when Values.isInt(index) -> {
        long at = at(index, list.size());
        yield at < 0 ? Optional.empty() : Optional.of(list.get((int) at));
      }
      case String text when index instanceof Slice slice -> Optional.of(slice.take(text, budget));
      case String text when Values.isInt(index) -> character(text, index, budget);
      case Markup markup when index instanceof Slice || Values.isInt(index) ->
          element(markup.text(), index, runtime).map(part -> new Markup((String) part));
      default -> Optional.empty();
    };
  }

  private static Object slice(List<?> list, Slice slice, Budget budget) {
    List<Object> taken = slice.take(list, budget);
    return list instanceof Tuple ? new Tuple(taken) : taken;
  }

  private static long at(Object index, int size) {
    long at = Values.index(index);
    long from = at < 0 ? at + size : at;
    return from < size ? from : -1;
  }

  private static Optional<Object> character(String text, Object index, Budget budget) {
    long at = at(index, Chars.length(text, budget));
    if (at < 0) {
      return Optional.empty();
    }
    int offset = text.offsetByCodePoints(0, (int) at);
    return Optional.of(Character.toString(text.codePointAt(offset)));
  }

  private static boolean isInternal(String name) {
    return name.startsWith("__") && name.endsWith("__");
  }

  /** What Python's {@code getattr} gives under the sandbox; empty if there is no such attribute. */
  private static Optional<Object> own(Object object, String name) {
    if (isInternal(name)) {
      boolean exists = !(object instanceof Undefined) || OF_EVERY_OBJECT.contains(name);
      return exists ? Optional.of(unsafe(object, name)) : Optional.empty();
    }
    return switch (object) {
      case String text -> StringMethods.find(text, name);
      case Markup markup -> StringMethods.find(markup, name);
      case Map<?, ?> map ->
          ContainerMethods.CHANGE_DICT.contains(name)
              ? Optional.of(unsafe(object, name))
              : ContainerMethods.find(map, name);
      case Tuple tuple when tuple.named(name) >= 0 -> Optional.of(tuple.get(tuple.named(name)));
      case List<?> list ->
          Values.isList(list) && ContainerMethods.CHANGE_LIST.contains(name)
              ? Optional.of(unsafe(object, name))
              : ContainerMethods.find(list, name);
      case Namespace namespace -> Optional.ofNullable(namespace.values().get(name));
      case LoopContext loop -> loop.attribute(name);
      case Macro macro -> macro.attribute(name);
      case Cycler cycler -> cycler.attribute(name);
      case Double number when name.equals("is_integer") ->
          Optional.of(
              new Function(
                  name, (args, _) -> Double.isFinite(number) && number == Math.rint(number)));
      default -> Optional.empty();
    };
  }

  private static Undefined unsafe(Object object, String name) {
    return new Undefined(
        "access to attribute "
            + PythonText.quote(name)
            + " of "
            + PythonText.quote(Values.typeName(object))
            + " object is unsafe");
  }
}
