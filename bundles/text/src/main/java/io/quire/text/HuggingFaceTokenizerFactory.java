package io.quire.text;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFile;
import io.quire.api.text.Tokenizer;
import io.quire.api.text.TokenizerFactory;
import io.quire.text.huggingface.HuggingFaceTokenizerReader;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Makes tokenizers of the JSON files in Hugging Face folders. */
@Component(service = TokenizerFactory.class)
public final class HuggingFaceTokenizerFactory implements TokenizerFactory {
  /** Used by Declarative Services. */
  @Activate
  public HuggingFaceTokenizerFactory() {}

  @Override
  public boolean supports(ModelFile model) {
    return model.config().naming() == ModelConfig.Naming.HUGGING_FACE
        && model.texts().containsKey(HuggingFaceTokenizerReader.FILE);
  }

  @Override
  public Tokenizer create(ModelFile model) {
    return HuggingFaceTokenizerReader.read(model);
  }
}
