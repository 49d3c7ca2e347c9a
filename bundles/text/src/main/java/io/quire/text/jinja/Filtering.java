package io.quire.text.jinja;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Predicate;

/** The elements of an iterator that pass a test, tested as they are asked for. */
final class Filtering implements Iterator<Object> {
  private final Iterator<Object> source;
  private final Predicate<Object> test;
  private final Budget budget;
  private Optional<Object> ahead = Optional.empty();

  Filtering(Iterator<Object> source, Predicate<Object> test, Budget budget) {
    this.source = source;
    this.test = test;
    this.budget = budget;
  }

  @Override
  public boolean hasNext() {
    while (ahead.isEmpty() && source.hasNext()) {
      budget.step();
      Object item = source.next();
      if (test.test(item)) {
        ahead = Optional.of(item);
      }
    }
    return ahead.isPresent();
  }

  @Override
  public Object next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Object item = ahead.get();
    ahead = Optional.empty();
    return item;
  }
}
