package io.quire.api.device;

import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/** Compiled kernels. */
@ConsumerType
public interface KernelModule extends AutoCloseable {
  /**
   * One kernel, with arguments of its own.
   *
   * @param name as in the text
   * @return the kernel
   * @throws DeviceException if the module has no such kernel
   */
  Kernel kernel(String name);

  /**
   * {@return the whole numbers that the text exports, such as the local memory a kernel needs in
   * bytes}
   */
  Map<String, Integer> exports();

  /** Unloads it, after the launches that use it. */
  @Override
  void close();
}
