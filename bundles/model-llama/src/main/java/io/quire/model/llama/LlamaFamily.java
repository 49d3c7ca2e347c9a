package io.quire.model.llama;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFamily;
import io.quire.api.model.ModelGraph;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Describes decoders built like Llama: RMS norm, rotary positions, grouped queries, SwiGLU. */
@Component(service = ModelFamily.class)
public final class LlamaFamily implements ModelFamily {
  private static final Set<String> HUGGING_FACE = Set.of("LlamaForCausalLM", "MistralForCausalLM");

  /** Used by Declarative Services. */
  @Activate
  public LlamaFamily() {}

  @Override
  public String name() {
    return "llama";
  }

  @Override
  public boolean supports(ModelConfig config) {
    return switch (config.naming()) {
      case GGUF -> config.architecture().equals("llama");
      case HUGGING_FACE -> HUGGING_FACE.contains(config.architecture());
    };
  }

  @Override
  public ModelGraph graph(ModelConfig config) {
    return switch (config.naming()) {
      case GGUF -> new LlamaGraph(GgufShape.read(config), LlamaNames.GGUF, config).build();
      case HUGGING_FACE ->
          new LlamaGraph(HuggingFaceShape.read(config), LlamaNames.HUGGING_FACE, config).build();
    };
  }
}
