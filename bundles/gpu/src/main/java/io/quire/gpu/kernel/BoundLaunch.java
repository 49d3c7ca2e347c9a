package io.quire.gpu.kernel;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.kernel.Expression;
import io.quire.api.kernel.KernelHeader;
import java.util.List;
import java.util.Optional;

/** One launch of a program: a kernel, its arguments and its geometry. */
final class BoundLaunch {
  private final ResolvedHeader header;
  private final String what;
  private final Kernel kernel;
  private final List<String> names;
  private final Expression[] groups = new Expression[3];
  private final Expression when;
  private final int[] sizeArguments;
  private final int[] sizeIndexes;
  private LaunchGeometry geometry;

  private BoundLaunch(
      ResolvedHeader header,
      KernelHeader.Launch launch,
      Kernel kernel,
      int localBytes,
      Arguments arguments) {
    this.header = header;
    this.kernel = kernel;
    what = "launch " + launch.entry();
    names = launch.arguments();
    for (int d = 0; d < groups.length; d++) {
      groups[d] = header.fold(launch.groups().get(d), arguments);
    }
    when = header.fold(launch.when(), arguments);
    int[] sizes =
        java.util.stream.IntStream.range(0, names.size())
            .filter(i -> Sizes.indexOf(names.get(i)) >= 0)
            .toArray();
    sizeArguments = sizes;
    sizeIndexes = java.util.Arrays.stream(sizes).map(i -> Sizes.indexOf(names.get(i))).toArray();
    geometry = new LaunchGeometry(1, 1, 1, header.groupSize(launch), localBytes);
  }

  /** Sets the kernel's arguments. */
  static BoundLaunch create(
      ResolvedHeader header,
      KernelHeader.Launch launch,
      Kernel kernel,
      int localBytes,
      Arguments arguments) {
    BoundLaunch bound = new BoundLaunch(header, launch, kernel, localBytes, arguments);
    for (int i = 0; i < bound.names.size(); i++) {
      String name = bound.names.get(i);
      if (Sizes.indexOf(name) < 0) {
        bound.set(i, name, arguments);
      }
    }
    return bound;
  }

  private void set(int index, String name, Arguments arguments) {
    Object value =
        arguments
            .value(name)
            .or(() -> header.unused(name) ? arguments.value("out") : Optional.empty())
            .orElseThrow(() ->
                new DeviceException(
                    header.name()
                        + ": "
                        + what
                        + " takes "
                        + name
                        + ", but the operation offers only "
                        + new java.util.TreeSet<>(arguments.names())
                        + " and the sizes "
                        + Sizes.NAMES));
    switch (value) {
      case DeviceBuffer buffer when header.isTensor(name) ->
          kernel.setTensor(index, header.tensor(name, buffer));
      case DeviceBuffer buffer -> kernel.setBuffer(index, buffer);
      case Kernel.TensorView view when header.isTensor(name) ->
          kernel.setTensor(index, header.boxed(name, view));
      case Kernel.TensorView view -> kernel.setBuffer(index, view.buffer());
      case Integer number -> kernel.setInt(index, number);
      case Long number -> kernel.setLong(index, number);
      case Float number -> kernel.setFloat(index, number);
      default ->
          throw new DeviceException(
              header.name() + ": argument " + name + " is a " + value.getClass().getSimpleName());
    }
  }

  void setInt(String argument, int value) {
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).equals(argument)) {
        kernel.setInt(i, value);
      }
    }
  }

  void launch(CommandQueue queue, Sizes sizes) {
    int x = count(0, sizes);
    int y = count(1, sizes);
    int z = count(2, sizes);
    if (x == 0 || y == 0 || z == 0 || header.compute(what, when, sizes) == 0) {
      return;
    }
    for (int i = 0; i < sizeArguments.length; i++) {
      kernel.setInt(sizeArguments[i], sizes.get(sizeIndexes[i]));
    }
    if (x != geometry.groupsX() || y != geometry.groupsY() || z != geometry.groupsZ()) {
      geometry = new LaunchGeometry(x, y, z, geometry.groupSize(), geometry.localBytes());
    }
    queue.launch(kernel, geometry);
  }

  private int count(int dimension, Sizes sizes) {
    long count = header.compute(what, groups[dimension], sizes);
    if (count < 0 || count > Integer.MAX_VALUE) {
      throw new DeviceException(
          header.name() + ": " + what + " would have " + count + " groups in one dimension");
    }
    return (int) count;
  }
}
