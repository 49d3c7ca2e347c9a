package io.quire.formats;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFile;
import io.quire.api.model.Weights;
import java.util.Map;

/** An opened model over memory that a {@link ModelMemory} or a generator owns. */
public final class OpenModel implements ModelFile {
  private final String location;
  private final ModelConfig config;
  private final Weights weights;
  private final Map<String, String> texts;
  private final long bytes;
  private final Runnable release;

  /**
   * Takes over the memory.
   *
   * @param location where it was opened from
   * @param config metadata and tensor names
   * @param weights the tensors
   * @param texts file name to content
   * @param bytes size of all weights
   * @param release frees the memory; a second call does nothing
   */
  public OpenModel(
      String location,
      ModelConfig config,
      Weights weights,
      Map<String, String> texts,
      long bytes,
      Runnable release) {
    this.location = location;
    this.config = config;
    this.weights = weights;
    this.texts = Map.copyOf(texts);
    this.bytes = bytes;
    this.release = release;
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public Weights weights() {
    return weights;
  }

  @Override
  public Map<String, String> texts() {
    return texts;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    release.run();
  }
}
