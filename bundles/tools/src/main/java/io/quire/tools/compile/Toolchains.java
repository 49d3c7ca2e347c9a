package io.quire.tools.compile;

import io.quire.tools.target.Target;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/** The compilers of this machine, each looked for once. */
final class Toolchains implements Workshop.Compilers, AutoCloseable {
  private final Machine machine;
  private final Map<Target.Maker, Toolchain> found = new EnumMap<>(Target.Maker.class);

  Toolchains(Machine machine) {
    this.machine = machine;
  }

  @Override
  public Toolchain of(Target target) throws Toolchain.MissingException, IOException {
    Toolchain toolchain = found.get(target.maker());
    if (toolchain == null) {
      toolchain =
          switch (target.maker()) {
            case AMD -> ClangToolchain.find(machine);
            case INTEL -> OclocToolchain.find(machine);
            case NVIDIA -> NvidiaToolchain.find(machine);
          };
      found.put(target.maker(), toolchain);
    }
    return toolchain;
  }

  @Override
  public void close() throws IOException {
    if (found.get(Target.Maker.AMD) instanceof ClangToolchain clang) {
      clang.close();
    }
  }
}
