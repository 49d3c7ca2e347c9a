package io.quire.formats.random;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelConfig.Naming;
import io.quire.api.model.ModelFile;
import io.quire.api.model.WeightsFormat;
import io.quire.formats.ModelMemory;
import io.quire.formats.OpenModel;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Makes up models: {@code random:llama-1b}, {@code random:llama-8b?dtype=q8_0&layers=4&seed=7}. The
 * shapes are those of published models, the weights are random, made when they are first asked for.
 */
@Component(service = WeightsFormat.class)
public final class RandomFormat implements WeightsFormat {
  /** Used by Declarative Services. */
  @Activate
  public RandomFormat() {}

  @Override
  public String name() {
    return "random";
  }

  @Override
  public boolean accepts(String location) {
    return location.startsWith(RandomModel.SCHEME);
  }

  @Override
  public ModelFile open(String location) {
    RandomModel model = RandomModel.parse(location);
    ModelMemory memory = new ModelMemory();
    RandomWeights weights =
        new RandomWeights(location, LlamaTensors.of(model), model.seed(), memory);
    return new OpenModel(
        location,
        new ModelConfig(
            Naming.HUGGING_FACE, "LlamaForCausalLM", model.configJson(), weights.names()),
        weights,
        ByteTokenizer.texts(model.shape().maxPositions()),
        weights.bytes(),
        memory::close);
  }
}
