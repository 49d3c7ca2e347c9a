package io.quire.model.gemma;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFamily;
import io.quire.api.model.ModelGraph;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Describes Gemma 3: norms before and after each block, normed queries and keys, and layers that
 * see a sliding window between layers that see everything. Of models that also see images, the text
 * part.
 */
@Component(service = ModelFamily.class)
public final class GemmaFamily implements ModelFamily {
  private static final Set<String> HUGGING_FACE =
      Set.of("Gemma3ForCausalLM", "Gemma3TextForCausalLM", "Gemma3ForConditionalGeneration");

  /** Used by Declarative Services. */
  @Activate
  public GemmaFamily() {}

  @Override
  public String name() {
    return "gemma3";
  }

  @Override
  public boolean supports(ModelConfig config) {
    return switch (config.naming()) {
      case GGUF -> config.architecture().equals("gemma3");
      case HUGGING_FACE -> HUGGING_FACE.contains(config.architecture());
    };
  }

  @Override
  public ModelGraph graph(ModelConfig config) {
    return switch (config.naming()) {
      case GGUF -> new GemmaGraph(GgufShape.read(config), GemmaNames.GGUF, config).build();
      case HUGGING_FACE -> {
        ModelConfig text = HuggingFaceShape.textPart(config);
        GemmaNames names = GemmaNames.huggingFace(config.tensors());
        yield new GemmaGraph(HuggingFaceShape.read(text), names, text).build();
      }
    };
  }
}
