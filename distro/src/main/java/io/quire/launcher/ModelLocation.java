package io.quire.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Turns what a person calls a model into a location that a weights format opens. */
final class ModelLocation {
  private final Home home;

  ModelLocation(Home home) {
    this.home = home;
  }

  /**
   * Resolves a name.
   *
   * @param model a catalogue name, a path, {@code hf:org/repo} or {@code random:shape}
   * @return an absolute path, or the {@code random:} name itself
   * @throws UsageException if there is no such model; the message says how to get it
   */
  String resolve(String model) throws IOException {
    if (model.startsWith("random:")) {
      return model;
    }
    if (model.startsWith("hf:")) {
      return hubSnapshot(model.substring(3)).toString();
    }
    Path path = Path.of(model);
    if (Files.exists(path)) {
      return path.toAbsolutePath().normalize().toString();
    }
    Optional<Catalogue.Entry> entry = Catalogue.find(model);
    if (entry.isEmpty()) {
      throw new UsageException(
          "model "
              + model
              + " is neither a file nor in the catalogue "
              + Catalogue.all().keySet()
              + "; give a .gguf file, a Hugging Face directory, hf:org/repo or random:llama-1b");
    }
    Path file = file(entry.get());
    if (!Files.isRegularFile(file)) {
      throw new UsageException(
          "model " + model + " is not on this machine yet; fetch it with: quire pull " + model);
    }
    return file.toString();
  }

  /** {@return where a catalogue model lies once it is pulled} */
  Path file(Catalogue.Entry entry) {
    return home.models().resolve(entry.name()).resolve(entry.file());
  }

  /** {@return the name that a model is served under unless another is given} */
  static String servedName(String model) {
    if (model.startsWith("random:")) {
      return model.substring("random:".length()).replaceAll("\\?.*", "");
    }
    if (model.startsWith("hf:")) {
      return model.substring(3);
    }
    return String.valueOf(Path.of(model).getFileName()).replaceAll("\\.gguf$", "");
  }

  /** {@return a line for each model on this machine} */
  List<String> installed() throws IOException {
    List<String> lines = new ArrayList<>();
    for (Catalogue.Entry entry : Catalogue.all().values()) {
      boolean here = Files.isRegularFile(file(entry));
      lines.add(
          String.format(
              Locale.ROOT,
              "%-16s %-9s %s",
              entry.name(),
              here ? "here" : "to pull",
              entry.about()));
    }
    return lines;
  }

  private Path hubSnapshot(String repository) throws IOException {
    if (!repository.matches("[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")) {
      throw new UsageException("hf:" + repository + " is not of the form hf:org/repo");
    }
    Path snapshots =
        hubCache().resolve("models--" + repository.replace("/", "--")).resolve("snapshots");
    if (Files.isDirectory(snapshots)) {
      try (Stream<Path> list = Files.list(snapshots)) {
        Optional<Path> snapshot =
            list.filter(p -> Files.exists(p.resolve("config.json"))).findFirst();
        if (snapshot.isPresent()) {
          return snapshot.get().toAbsolutePath();
        }
      }
    }
    throw new UsageException(
        "hf:"
            + repository
            + " is not in the Hugging Face cache "
            + snapshots
            + "; fetch it with: quire pull hf:"
            + repository);
  }

  private static Path hubCache() {
    String cache = System.getenv("HF_HUB_CACHE");
    if (cache != null && !cache.isBlank()) {
      return Path.of(cache);
    }
    String hfHome = System.getenv("HF_HOME");
    return hfHome != null && !hfHome.isBlank()
        ? Path.of(hfHome, "hub")
        : Path.of(System.getProperty("user.home"), ".cache", "huggingface", "hub");
  }
}
