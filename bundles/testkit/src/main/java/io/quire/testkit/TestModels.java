package io.quire.testkit;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where real models for tests lie. A missing one fails the test: {@code ./quire test} fetches them
 * first.
 */
public final class TestModels {
  private TestModels() {}

  /** {@return the GGUF file of SmolLM2-135M-Instruct, Q4_1} */
  public static Path smollm2() {
    return require("smollm2-135m", "SmolLM2-135M-Instruct.Q4_1.gguf");
  }

  /** {@return the GGUF file of Gemma 3 270M, Q4_K_M} */
  public static Path gemma3() {
    return require("gemma3-270m", "gemma-3-270m-q4_k_m.gguf");
  }

  private static Path require(String name, String file) {
    Path path = home().resolve("models").resolve(name).resolve(file);
    if (!Files.isRegularFile(path)) {
      throw new AssertionError(
          "test model " + path + " is missing; fetch it with: ./quire pull " + name);
    }
    return path;
  }

  private static Path home() {
    String configured = System.getenv("QUIRE_HOME");
    return configured == null || configured.isBlank()
        ? Path.of(System.getProperty("user.home"), ".cache", "quire")
        : Path.of(configured);
  }
}
