package io.quire.gpu.kernel;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.Kernel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What an operation offers its kernels, by the names of {@code docs/kernels.md}. */
public final class Arguments {
  private final Map<String, Object> values = new LinkedHashMap<>();

  /** Makes an empty offer. */
  public Arguments() {
    // Filled by the methods below.
  }

  /**
   * Offers device memory.
   *
   * @param name the argument
   * @param value a buffer; may be longer than the shapes say
   * @return this
   */
  public Arguments buffer(String name, DeviceBuffer value) {
    values.put(name, value);
    return this;
  }

  /**
   * Offers a matrix whose shape is not to be derived from the operation's.
   *
   * @param name the argument
   * @param value the matrix; {@code boxRows} is taken from the kernel's header
   * @return this
   */
  public Arguments tensor(String name, Kernel.TensorView value) {
    values.put(name, value);
    return this;
  }

  /**
   * Offers a whole number of 32 bits.
   *
   * @param name the argument
   * @param value the number
   * @return this
   */
  public Arguments number(String name, int value) {
    values.put(name, value);
    return this;
  }

  /**
   * Offers a whole number of 64 bits.
   *
   * @param name the argument
   * @param value the number
   * @return this
   */
  public Arguments number(String name, long value) {
    values.put(name, value);
    return this;
  }

  /**
   * Offers a single.
   *
   * @param name the argument
   * @param value the number
   * @return this
   */
  public Arguments number(String name, float value) {
    values.put(name, value);
    return this;
  }

  /** {@return the same offers, to be added to apart from these} */
  public Arguments copy() {
    Arguments copy = new Arguments();
    copy.values.putAll(values);
    return copy;
  }

  /** {@return the names that are offered} */
  public Set<String> names() {
    return Set.copyOf(values.keySet());
  }

  Optional<Object> value(String name) {
    return Optional.ofNullable(values.get(name));
  }
}
