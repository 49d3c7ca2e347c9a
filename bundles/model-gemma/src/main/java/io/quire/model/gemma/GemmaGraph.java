package io.quire.model.gemma;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.Value;
import io.quire.model.gemma.GemmaShape.Layer;

/**
 * The forward pass.
 *
 * @see <a href="https://arxiv.org/abs/2503.19786">Gemma Team, Gemma 3, 2025, section 2</a>
 */
final class GemmaGraph {
  private final GemmaShape shape;
  private final GemmaNames names;
  private final ModelConfig config;
  private final ModelGraph.Builder graph;

  GemmaGraph(GemmaShape shape, GemmaNames names, ModelConfig config) {
    this.shape = shape;
    this.names = names;
    this.config = config;
    this.graph = ModelGraph.builder("gemma3", shape.vocabulary(), shape.maxPositions());
  }

  ModelGraph build() {
    float scale = (float) Math.sqrt(shape.hidden());
    Value x = graph.embed(weight(names.embedding()), shape.hidden(), scale);
    for (int i = 0; i < shape.layers().size(); i++) {
      String prefix = names.layer() + i + ".";
      Value seen = attention(norm(x, prefix + names.attentionNorm(), 1), prefix, i);
      x = graph.add(x, norm(seen, prefix + names.postAttentionNorm(), 1));
      Value thought = mlp(norm(x, prefix + names.mlpNorm(), 1), prefix);
      x = graph.add(x, norm(thought, prefix + names.postMlpNorm(), 1));
    }
    Value last = norm(graph.takeRows(x), names.finalNorm(), 1);
    Value logits = graph.linear(last, output(), shape.vocabulary());
    return graph.build(shape.softcap() > 0 ? graph.softcap(logits, shape.softcap()) : logits);
  }

  private Value attention(Value x, String prefix, int index) {
    Layer layer = shape.layers().get(index);
    var spec = layer.attention();
    Value q = linear(x, prefix + names.q(), spec.queryWidth());
    Value k = linear(x, prefix + names.k(), spec.kvWidth());
    Value v = linear(x, prefix + names.v(), spec.kvWidth());
    q =
        graph.rope(
            norm(q, prefix + names.qNorm(), spec.queryHeads()), spec.queryHeads(), layer.rope());
    k = graph.rope(norm(k, prefix + names.kNorm(), spec.kvHeads()), spec.kvHeads(), layer.rope());
    return linear(graph.attention(q, k, v, spec), prefix + names.o(), shape.hidden());
  }

  private Value mlp(Value x, String prefix) {
    Value gate = linear(x, prefix + names.gate(), shape.intermediate());
    Value up = linear(x, prefix + names.up(), shape.intermediate());
    Value inner = graph.gated(gate, up, Op.Function.GELU_TANH);
    return linear(inner, prefix + names.down(), shape.hidden());
  }

  private Value norm(Value x, String weight, int groups) {
    return graph.rmsNorm(x, weight(weight), groups, shape.epsilon(), shape.normOffset());
  }

  /** A matrix, and its bias where the model has one. */
  private Value linear(Value x, String weight, int width) {
    Value y = graph.linear(x, weight(weight), width);
    String bias = weight.substring(0, weight.length() - "weight".length()) + "bias";
    return config.tensors().contains(bias) ? graph.addBias(y, bias) : y;
  }

  private String output() {
    boolean own = !shape.tied() && config.tensors().contains(names.output());
    return own ? names.output() : names.embedding();
  }

  private String weight(String name) {
    if (!config.tensors().contains(name)) {
      throw new ModelFormatException(
          "the gemma3 model of "
              + shape.layers().size()
              + " layers needs a tensor "
              + name
              + ", which is not among the file's "
              + config.tensors().size());
    }
    return name;
  }
}
