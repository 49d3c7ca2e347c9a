package io.quire.tools.emulate;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.LaunchGeometry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** A kernel and its arguments, each at a multiple of its size as the code object has them. */
final class EmulatedKernel implements Kernel {
  private final EmulatedDriver driver;
  private final String image;
  private final String name;
  private final Map<Integer, Number> values = new TreeMap<>();

  EmulatedKernel(EmulatedDriver driver, String image, String name) {
    this.driver = driver;
    this.image = image;
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void setBuffer(int index, DeviceBuffer value) {
    values.put(index, driver.address(value));
  }

  @Override
  public void setInt(int index, int value) {
    values.put(index, value);
  }

  @Override
  public void setLong(int index, long value) {
    values.put(index, value);
  }

  @Override
  public void setFloat(int index, float value) {
    values.put(index, Float.floatToRawIntBits(value));
  }

  /** These devices have no engine for it, so the text takes a plain buffer. */
  @Override
  public void setTensor(int index, TensorView value) {
    setBuffer(index, value.buffer());
  }

  /** Runs it to its end. */
  void launch(LaunchGeometry geometry) {
    String groups =
        geometry.groupsX()
            + " "
            + geometry.groupsY()
            + " "
            + geometry.groupsZ()
            + " "
            + geometry.groupSize();
    driver.launch(image, name, groups, arguments());
  }

  private String arguments() {
    ByteBuffer block =
        ByteBuffer.allocate(values.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    int next = 0;
    for (Map.Entry<Integer, Number> entry : values.entrySet()) {
      if (entry.getKey() != next++) {
        throw new DeviceException(name + ": argument " + (next - 1) + " was not set");
      }
      switch (entry.getValue()) {
        case Long number ->
            block.position(Math.ceilDiv(block.position(), Long.BYTES) * Long.BYTES).putLong(number);
        case Number number -> block.putInt(number.intValue());
      }
    }
    return next == 0 ? "-" : HexFormat.of().formatHex(block.array(), 0, block.position());
  }
}
