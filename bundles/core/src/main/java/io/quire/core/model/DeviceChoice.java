package io.quire.core.model;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import java.util.Comparator;
import java.util.Map;

/**
 * Which device a model runs on where several will do: the one with the greatest {@code
 * service.ranking}, by which a backend says that its way to a card is better than another's to the
 * same one; then a GPU or accelerator before the processor, and the processor's own backend before
 * a driver that only emulates a GPU on it.
 */
final class DeviceChoice {
  /** The better first; equal ones keep the order in which they came. */
  static final Comparator<Ranked.Entry<Device>> ORDER =
      Comparator.comparingInt((Ranked.Entry<Device> entry) -> -entry.ranking())
          .thenComparingInt(entry -> place(entry.properties()));

  private static final String PROCESSOR = "cpu";

  private DeviceChoice() {}

  private static int place(Map<String, Object> device) {
    boolean processor =
        PROCESSOR.equals(device.get(DeviceInfo.VENDOR)) || PROCESSOR.equals(device.get("type"));
    if (!processor) {
      return 0;
    }
    return PROCESSOR.equals(device.get(DeviceInfo.DRIVER)) ? 1 : 2;
  }
}
