package io.quire.core.model;

import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Plan;
import io.quire.core.engine.EngineOptions;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much memory the KV cache gets. */
final class KvSize {
  private static final Logger LOG = System.getLogger(KvSize.class.getName());
  private static final Pattern SIZE = Pattern.compile("(\\d{1,12})\\s*([kmgt]?)(i?b)?");

  /** Of what a device could give whose memory is also the host's, when nobody says how much. */
  private static final double SHARE = 0.6;

  /** Most that is taken unasked of memory that the rest of the machine needs too. */
  private static final long HOST_MOST = 1L << 30;

  private KvSize() {}

  /**
   * Reads a size.
   *
   * @param text such as {@code 2g}, {@code 512m} or a number of bytes; empty for automatic
   * @return bytes, 0 for automatic
   * @throws IllegalArgumentException if it is no size
   */
  static long parse(String text) {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    if (lower.isEmpty()) {
      return 0;
    }
    Matcher matcher = SIZE.matcher(lower);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "kv.memory is \"" + text + "\" but must be a size such as 2g or 512m, or empty");
    }
    int shift = matcher.group(2).isEmpty() ? 0 : 10 * (1 + "kmgt".indexOf(matcher.group(2)));
    return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
  }

  /**
   * {@return blocks for a plan: as configured, or a share of what is there, but no more than of
   * use}
   */
  static int blocks(ModelSettings settings, Plan plan, DeviceInfo device, EngineOptions options) {
    long configured = settings.kvBytes();
    long blockBytes = Math.max(1, plan.kvLayout().blockBytes());
    long bytes =
        configured > 0 ? configured : automatic(settings.memoryUtilization(), plan, device);
    long perSequence = Math.ceilDiv(options.maxModelLength(), options.blockTokens());
    long useful = Math.multiplyExact(perSequence, (long) options.maxSequences());
    long blocks = Math.min(bytes / blockBytes, configured > 0 ? Integer.MAX_VALUE : useful);
    return Math.clamp(blocks, 1, Integer.MAX_VALUE);
  }

  /** Of a device's own memory all but what it is not to use; of the host's a share. */
  private static long automatic(double utilization, Plan plan, DeviceInfo device) {
    boolean cpu = "cpu".equals(device.driver());
    if (!cpu && !Boolean.TRUE.equals(device.properties().get(DeviceInfo.MEMORY_SHARED))) {
      return Math.max(0, plan.kvMemory() - (long) ((1 - utilization) * device.memory()));
    }
    long share = (long) (plan.kvMemory() * SHARE);
    return cpu ? Math.min(share, HOST_MOST) : share;
  }

  /**
   * Allocates the cache, and asks for less where that much is not to be had.
   *
   * @return blocks allocated
   */
  static int allocate(Plan plan, int blocks, String device) {
    for (int wanted = blocks; ; wanted = wanted - wanted / 4) {
      try {
        plan.allocateKv(wanted);
        return wanted;
      } catch (DeviceException e) {
        if (wanted < 4 || wanted < blocks / 16) {
          throw e;
        }
        LOG.log(
            Level.WARNING,
            "device {0} has no room for {1} blocks of KV cache, less is tried: {2}",
            device,
            wanted,
            e.getMessage());
      }
    }
  }
}
