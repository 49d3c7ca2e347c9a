package io.quire.gpu.kernel;

import io.quire.api.device.CommandQueue;
import java.util.List;

/** A program with its arguments, ready to be launched again and again. One thread. */
public final class BoundProgram {
  private final String name;
  private final BoundLaunch[] launches;

  BoundProgram(String name, List<BoundLaunch> launches) {
    this.name = name;
    this.launches = launches.toArray(BoundLaunch[]::new);
  }

  /** {@return the operation and the source's name} */
  public String name() {
    return name;
  }

  /**
   * Changes a whole number that was bound, for the launches from now on.
   *
   * @param argument its name; one that the kernels do not take is ignored
   * @param value the number
   */
  public void setInt(String argument, int value) {
    for (BoundLaunch launch : launches) {
      launch.setInt(argument, value);
    }
  }

  /**
   * Queues the launches. Allocates nothing once the sizes have settled.
   *
   * @param queue where to
   * @param sizes this launch's
   * @throws io.quire.api.device.DeviceException if a number of groups cannot be computed or does
   *     not fit 32 bits
   */
  public void launch(CommandQueue queue, Sizes sizes) {
    for (BoundLaunch launch : launches) {
      launch.launch(queue, sizes);
    }
  }
}
