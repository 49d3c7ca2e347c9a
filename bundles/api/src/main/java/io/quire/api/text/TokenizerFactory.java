package io.quire.api.text;

import io.quire.api.model.ModelFile;
import org.osgi.annotation.versioning.ConsumerType;

/** Service: makes tokenizers of one kind of source. */
@ConsumerType
public interface TokenizerFactory {
  /**
   * Whether this factory can read the model's tokenizer.
   *
   * @param model an opened model
   * @return true if {@link #create} is worth calling
   */
  boolean supports(ModelFile model);

  /**
   * Reads the tokenizer. The result does not depend on the model file staying open.
   *
   * @param model an opened model
   * @return its tokenizer
   * @throws io.quire.api.model.ModelFormatException if it is broken or of an unknown kind
   */
  Tokenizer create(ModelFile model);
}
