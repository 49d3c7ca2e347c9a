package io.quire.text.jinja;

import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * A sequence that is computed as it is read, once: Python's generators and iterators. It counts as
 * true, has no length and no elements by index.
 */
final class Lazy implements Iterator<Object> {
  private final String typeName;
  private final Iterator<Object> source;
  private final Budget budget;

  Lazy(String typeName, Iterator<Object> source, Budget budget) {
    this.typeName = typeName;
    this.source = source;
    this.budget = budget;
  }

  String typeName() {
    return typeName;
  }

  @Override
  public boolean hasNext() {
    // Lazy sequences read one another, so a long chain of them would recurse without bound.
    budget.enter();
    try {
      budget.step();
      return source.hasNext();
    } finally {
      budget.exit();
    }
  }

  @Override
  public Object next() {
    budget.enter();
    try {
      if (!source.hasNext()) {
        throw new NoSuchElementException();
      }
      return source.next();
    } finally {
      budget.exit();
    }
  }
}
