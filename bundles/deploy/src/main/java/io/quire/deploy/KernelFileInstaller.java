package io.quire.deploy;

import io.quire.api.kernel.KernelFiles;
import io.quire.trust.Trust;
import io.quire.trust.Verdict;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * A {@code .qk} file in a watched folder is a kernel source, for as long as it lies there. File
 * Install offers a file once its length and date have stayed the same from one look to the next, so
 * a copy under way is left alone; one that pauses is listed as broken and taken when it goes on.
 *
 * <p>File Install offers a file once, whatever becomes of this component. So the files are
 * remembered on disk, and brought again after a restart of this bundle or of core.
 */
@Component(
    service = {ArtifactInstaller.class, SignedFiles.class},
    immediate = true)
public final class KernelFileInstaller implements SignedFiles {
  private static final System.Logger LOG = System.getLogger(KernelFileInstaller.class.getName());

  private final KernelFiles files;
  private final Trust trust;
  private final Path memory;
  private final Path copy;
  private final Set<String> origins = new TreeSet<>();

  /**
   * Brings what was there before.
   *
   * @param context where the files' names are remembered
   * @param files makes services of kernel files
   * @param trust says whether a file may come in
   * @throws IOException if the names cannot be read
   */
  @Activate
  public KernelFileInstaller(
      BundleContext context, @Reference KernelFiles files, @Reference Trust trust)
      throws IOException {
    this.files = files;
    this.trust = trust;
    copy = context.getDataFile("arriving.qk").toPath();
    memory = context.getDataFile("kernels").toPath();
    if (Files.exists(memory)) {
      Files.readAllLines(memory).forEach(this::bringAgain);
    }
  }

  private void bringAgain(String origin) {
    try {
      if (Files.exists(Path.of(origin))) {
        bring(new File(origin));
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "Kernel file " + origin + " cannot be read", e);
    }
  }

  @Override
  public boolean canHandle(File file) {
    return file.getName().endsWith(".qk") && !file.getName().startsWith(".") && !file.isDirectory();
  }

  @Override
  public synchronized void install(File file) throws IOException {
    bring(file);
    remember();
  }

  @Override
  public void update(File file) throws IOException {
    install(file);
  }

  @Override
  public synchronized void uninstall(File file) throws IOException {
    files.remove(file.getAbsolutePath());
    origins.remove(file.getAbsolutePath());
    remember();
  }

  @Override
  public synchronized boolean holds(File file) {
    return origins.contains(file.getAbsolutePath());
  }

  /**
   * What is judged and what is used are the same bytes. What was there before a refused file
   * leaves.
   */
  private void bring(File file) throws IOException {
    byte[] content;
    try (InputStream in = Files.newInputStream(file.toPath())) {
      content = in.readNBytes(KernelFiles.MAX_BYTES + 1);
    }
    String origin = file.getAbsolutePath();
    Files.write(copy, content);
    Verdict verdict = trust.arrived(Trust.Kind.KERNEL, file.toPath(), copy);
    Files.delete(copy);
    if (verdict instanceof Verdict.Accepted) {
      origins.add(origin);
      files.put(origin, content);
    } else {
      origins.remove(origin);
      files.remove(origin);
    }
  }

  private void remember() throws IOException {
    Files.write(memory, origins);
  }

  /** Takes back what it brought: nobody would tell when a file leaves. */
  @Deactivate
  synchronized void close() {
    List.copyOf(origins).forEach(files::remove);
  }
}
