package io.quire.text;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFile;
import io.quire.api.text.Tokenizer;
import io.quire.api.text.TokenizerFactory;
import io.quire.text.gguf.GgufTokenizerReader;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Makes tokenizers of the metadata that GGUF files carry. */
@Component(service = TokenizerFactory.class)
public final class GgufTokenizerFactory implements TokenizerFactory {
  /** Used by Declarative Services. */
  @Activate
  public GgufTokenizerFactory() {}

  @Override
  public boolean supports(ModelFile model) {
    ModelConfig config = model.config();
    return config.naming() == ModelConfig.Naming.GGUF
        && config.values().containsKey("tokenizer.ggml.model");
  }

  @Override
  public Tokenizer create(ModelFile model) {
    return GgufTokenizerReader.read(model.config());
  }
}
