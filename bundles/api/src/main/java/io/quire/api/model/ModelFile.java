package io.quire.api.model;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * An opened model: memory-mapped weights, metadata, and the texts that a tokenizer needs. Closing
 * unmaps it.
 */
@ProviderType
public interface ModelFile extends AutoCloseable {
  /** {@return the location it was opened from} */
  String location();

  /** {@return metadata and tensor names} */
  ModelConfig config();

  /** {@return the tensors} */
  Weights weights();

  /**
   * Texts beside the weights, by file name: {@code tokenizer.json}, {@code tokenizer_config.json},
   * {@code special_tokens_map.json}, {@code generation_config.json}, {@code chat_template.jinja}
   * where they exist; empty for GGUF, which keeps all of it in its metadata.
   *
   * @return file name to content
   */
  Map<String, String> texts();

  /** {@return the size of all weights in bytes} */
  long bytes();

  /** Unmaps the weights. No plan that uses them may be open; a second call does nothing. */
  @Override
  void close();
}
