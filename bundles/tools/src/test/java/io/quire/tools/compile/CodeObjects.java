package io.quire.tools.compile;

import io.quire.api.device.KernelCompileException;
import io.quire.tools.source.DialectTexts;
import io.quire.tools.target.Target;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Whole code objects for AMD's devices, by what {@code quire kernels compile} calls, and linked.
 */
public final class CodeObjects implements AutoCloseable {
  private final DialectTexts dialect;
  private final Path folder;
  private final ClangToolchain clang;
  private int count;

  /**
   * Looks for the compiler.
   *
   * @param dialect preludes and common parts
   * @param folder gets texts, listings and objects
   * @throws IOException if there is no compiler here; the message says what to install
   */
  public CodeObjects(DialectTexts dialect, Path folder) throws IOException {
    this.dialect = dialect;
    this.folder = folder;
    try {
      clang = ClangToolchain.find(Machine.here());
    } catch (Toolchain.MissingException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /**
   * Compiles and links a text.
   *
   * @param target the device
   * @param name for messages
   * @param macros what it is compiled with, without those of the target
   * @param text the kernel text
   * @return the code object
   * @throws KernelCompileException if it does not compile or link
   */
  public Path make(Target target, String name, Map<String, String> macros, String text) {
    Map<String, String> all = new java.util.HashMap<>(macros);
    all.putAll(target.macros());
    Path stem = folder.resolve(target.name() + "-" + name.replace('/', '-') + "-" + count++);
    try {
      Compiled compiled =
          clang.compile(target, dialect.assemble(target.prelude(), all, name, text), stem);
      if (!compiled.succeeded()) {
        throw new KernelCompileException(
            name + " does not compile for " + target.name() + ":\n" + compiled.log());
      }
      return link(target, name, stem);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new InterruptedIOException(name + ": " + e));
    }
  }

  private Path link(Target target, String name, Path stem)
      throws IOException, InterruptedException {
    Path linked = Path.of(stem + ".hsaco");
    Programs.Outcome outcome =
        Programs.run(
            List.of(
                clang.version(),
                "--target=amdgcn-amd-amdhsa",
                "-mcpu=" + target.name(),
                stem + ".o",
                "-o",
                linked.toString()),
            folder,
            Map.of());
    if (outcome.status() != 0) {
      throw new KernelCompileException(
          name
              + " cannot be linked for "
              + target.name()
              + " (the linker ld.lld must be in PATH; Debian has it in lld-19):\n"
              + outcome.output());
    }
    return linked;
  }

  @Override
  public void close() throws IOException {
    clang.close();
  }
}
