package io.quire.tools.measure;

import io.quire.api.device.DeviceDriver;
import java.io.IOException;
import java.util.List;

/** Finds devices. */
@FunctionalInterface
public interface Devices {
  /** The option's line in a command's usage. */
  String USAGE =
      """
        --device FILTER an LDAP filter over the properties of devices, such as (vendor=amd) or
                        (quire.device=opencl-pocl0); without it all devices
      """;

  /**
   * Finds devices.
   *
   * @param filter an LDAP filter; empty: all
   * @return their drivers; closing it gives them back
   * @throws IOException if the backends cannot be started
   * @throws InterruptedException if the thread is interrupted
   */
  Found find(String filter) throws IOException, InterruptedException;

  /**
   * Devices that were found.
   *
   * @param drivers their drivers
   * @param host closed with them
   */
  record Found(List<DeviceDriver> drivers, AutoCloseable host) implements AutoCloseable {
    /** Copies the list. */
    public Found {
      drivers = List.copyOf(drivers);
    }

    /**
     * The drivers, if there are any.
     *
     * @return at least one
     * @throws IOException if there is none; says what to do
     */
    public List<DeviceDriver> atLeastOne() throws IOException {
      if (drivers.isEmpty()) {
        throw new IOException(
            "no device was found whose backend runs kernels (and that matches --device). An"
                + " NVIDIA driver with NVRTC is needed, or an OpenCL driver such as"
                + " pocl-opencl-icd (processors), rocm-opencl (AMD) or intel-opencl-icd (Intel);"
                + " quire doctor says what there is");
      }
      return drivers;
    }

    @Override
    public void close() throws IOException {
      try {
        host.close();
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException("the devices could not be given back: " + e.getMessage(), e);
      }
    }
  }
}
