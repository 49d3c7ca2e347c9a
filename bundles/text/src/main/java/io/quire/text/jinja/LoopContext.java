package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The variable {@code loop}. It reads ahead only when a template asks what comes. */
final class LoopContext implements Callable {
  private final Optional<Long> knownLength;
  private final Optional<Callable> recursion;
  private final int depth;
  private final Budget budget;
  private Iterator<Object> iterator;
  private long index0 = -1;
  private long length = -1;
  private Optional<Object> ahead = Optional.empty();
  private Object current = Values.NONE;
  private Object previous = Values.NONE;
  private Optional<Tuple> lastChanged = Optional.empty();

  /**
   * Starts a loop.
   *
   * @param iterable what is iterated over
   * @param recursion what {@code loop(...)} does, if the loop is recursive
   * @param depth how many loops of the same kind it is within
   */
  LoopContext(Object iterable, Optional<Callable> recursion, int depth, Budget budget) {
    this.knownLength = Values.length(iterable, budget);
    this.iterator = Values.iterate(iterable, budget);
    this.recursion = recursion;
    this.depth = depth;
    this.budget = budget;
  }

  int depth() {
    return depth;
  }

  boolean hasNext() {
    return ahead.isPresent() || iterator.hasNext();
  }

  Object next() {
    Object item = ahead.isPresent() ? ahead.get() : iterator.next();
    ahead = Optional.empty();
    index0++;
    previous = current;
    current = item;
    return item;
  }

  long index() {
    return index0 + 1;
  }

  long length() {
    if (length < 0) {
      if (knownLength.isPresent()) {
        length = knownLength.get();
      } else {
        List<Object> rest = new ArrayList<>();
        while (iterator.hasNext()) {
          budget.step();
          rest.add(iterator.next());
        }
        iterator = rest.iterator();
        length = rest.size() + index() + (ahead.isPresent() ? 1 : 0);
      }
    }
    return length;
  }

  /** Iterating over the loop itself goes on with it. */
  Iterator<Object> pairs() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return LoopContext.this.hasNext();
      }

      @Override
      public Object next() {
        return Tuple.of(LoopContext.this.next(), LoopContext.this);
      }
    };
  }

  private Optional<Object> peek() {
    if (ahead.isEmpty() && iterator.hasNext()) {
      ahead = Optional.of(iterator.next());
    }
    return ahead;
  }

  Optional<Object> attribute(String name) {
    return switch (name) {
      case "index" -> Optional.of(index());
      case "index0" -> Optional.of(index0);
      case "revindex" -> Optional.of(length() - index0);
      case "revindex0" -> Optional.of(length() - index());
      case "first" -> Optional.of(index0 == 0);
      case "last" -> Optional.of(peek().isEmpty());
      case "length" -> Optional.of(length());
      case "depth" -> Optional.of(depth + 1L);
      case "depth0" -> Optional.of((long) depth);
      case "previtem" ->
          Optional.of(index0 == 0 ? new Undefined("there is no previous item") : previous);
      case "nextitem" -> Optional.of(peek().orElse(new Undefined("there is no next item")));
      case "cycle" -> Optional.of(new Function(name, (args, _) -> cycle(args)));
      case "changed" ->
          Optional.of(new Function(name, (args, runtime) -> changed(args, runtime.budget())));
      default -> Optional.empty();
    };
  }

  private Object cycle(Args args) {
    List<Object> items = args.positional();
    if (items.isEmpty() || !args.named().isEmpty()) {
      throw Fault.type("no items for cycling given");
    }
    return items.get((int) (index0 % items.size()));
  }

  private Object changed(Args args, Budget budget) {
    Tuple now = new Tuple(args.positional());
    if (lastChanged.isPresent() && Values.equal(lastChanged.get(), now, budget)) {
      return false;
    }
    lastChanged = Optional.of(now);
    return true;
  }

  @Override
  public Object call(Args args, Runtime runtime) {
    Callable inner =
        recursion.orElseThrow(
            () -> Fault.type("the loop must have the 'recursive' marker to be called recursively"));
    return inner.call(args.with("depth", (long) depth + 1), runtime);
  }

  @Override
  public String describe() {
    return "<LoopContext>";
  }
}
