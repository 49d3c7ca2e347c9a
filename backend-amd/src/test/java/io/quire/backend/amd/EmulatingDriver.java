package io.quire.backend.amd;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.KernelModule;
import io.quire.api.device.StagingBuffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A driver of the generic prelude that compiles with a vendor's prelude instead, whose matrix
 * instruction is then done by its documented meaning. The generic prelude still comes first,
 * without its tiles: a vendor's prelude takes everything else from it anyway.
 */
final class EmulatingDriver implements DeviceDriver {
  private static final int LOCAL_MEMORY = 64 << 10;

  private final DeviceDriver driver;
  private final Vendor vendor;
  private final String prelude;

  /**
   * A vendor's prelude and its numbers, as {@code docs/dialect.md} has them.
   *
   * @param name for messages
   * @param file where it lies, from this bundle's folder
   * @param lanes of a slab
   * @param wideRows rows of the widest slab
   * @param narrowRows rows of the narrowest slab
   * @param macros what its build defines
   */
  record Vendor(
      String name,
      String file,
      int lanes,
      int wideRows,
      int narrowRows,
      Map<String, String> macros) {}

  EmulatingDriver(DeviceDriver driver, Vendor vendor) {
    this.driver = driver;
    this.vendor = vendor;
    try {
      prelude = Files.readString(Path.of(vendor.file())).replace("#include \"opencl.h\"", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public DeviceInfo info() {
    DeviceInfo real = driver.info();
    Map<String, Object> properties = new HashMap<>(real.properties());
    properties.put("prelude", vendor.name());
    properties.put("local.memory", LOCAL_MEMORY);
    properties.put("workgroup.max", 1024);
    properties.put("subgroup", vendor.lanes());
    properties.put("slab.wide.rows", vendor.wideRows());
    properties.put("slab.wide.lanes", vendor.lanes());
    properties.put("slab.narrow.rows", vendor.narrowRows());
    properties.put("slab.narrow.lanes", vendor.lanes());
    return new DeviceInfo(
        real.id() + " as " + vendor.name(),
        real.name(),
        real.vendor(),
        real.arch(),
        real.driver(),
        real.memory(),
        real.computeUnits(),
        properties);
  }

  @Override
  public KernelModule compile(String source, CompileOptions options) {
    Map<String, String> macros = new HashMap<>(options.definitions());
    macros.put("QK_VENDOR_TILES", "1");
    macros.put("QK_EMULATE", "1");
    macros.putAll(vendor.macros());
    return driver.compile(
        prelude + "\n#line 1 \"kernel\"\n" + source,
        new CompileOptions(options.name(), macros, options.dialect()));
  }

  @Override
  public long freeMemory() {
    return driver.freeMemory();
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    return driver.allocate(bytes);
  }

  @Override
  public StagingBuffer allocateStaging(long bytes) {
    return driver.allocateStaging(bytes);
  }

  @Override
  public CommandQueue queue() {
    return driver.queue();
  }

  @Override
  public void close() {
    driver.close();
  }
}
