package io.quire.shell;

import org.apache.felix.service.command.Converter;
import org.osgi.service.component.annotations.Component;

/** Shows tables as such; without it Gogo would print each row with the names of its fields. */
@Component(property = Converter.CONVERTER_CLASSES + "=io.quire.shell.Table")
public final class TableConverter implements Converter {
  /** Creates one. */
  public TableConverter() {}

  // Null is how a converter tells Gogo that something is not its concern.
  @Override
  public Object convert(Class<?> type, Object in) {
    return null;
  }

  @Override
  public CharSequence format(Object target, int level, Converter escape) {
    return target instanceof Table<?> table ? table.format() : null;
  }
}
