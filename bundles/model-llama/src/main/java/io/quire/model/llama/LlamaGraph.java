package io.quire.model.llama;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.Value;

/**
 * The forward pass.
 *
 * @see <a href="https://arxiv.org/abs/2302.13971">Touvron et al., LLaMA, 2023, section 2.2</a>
 */
final class LlamaGraph {
  private final LlamaShape shape;
  private final LlamaNames names;
  private final ModelConfig config;
  private final ModelGraph.Builder graph;

  LlamaGraph(LlamaShape shape, LlamaNames names, ModelConfig config) {
    this.shape = shape;
    this.names = names;
    this.config = config;
    this.graph = ModelGraph.builder("llama", shape.vocabulary(), shape.maxPositions());
  }

  ModelGraph build() {
    Value x = graph.embed(weight(names.embedding()), shape.hidden(), 1);
    for (int layer = 0; layer < shape.layers(); layer++) {
      String prefix = names.layer() + layer + ".";
      x = graph.add(x, attention(norm(x, prefix + names.attentionNorm()), prefix));
      x = graph.add(x, mlp(norm(x, prefix + names.mlpNorm()), prefix));
    }
    Value last = norm(graph.takeRows(x), names.finalNorm());
    return graph.build(graph.linear(last, output(), shape.vocabulary()));
  }

  private Value attention(Value x, String prefix) {
    var spec = shape.attention();
    Value q = linear(x, prefix + names.q(), spec.queryWidth());
    Value k = linear(x, prefix + names.k(), spec.kvWidth());
    Value v = linear(x, prefix + names.v(), spec.kvWidth());
    q = graph.rope(q, spec.queryHeads(), shape.rope());
    k = graph.rope(k, spec.kvHeads(), shape.rope());
    return linear(graph.attention(q, k, v, spec), prefix + names.o(), shape.hidden());
  }

  private Value mlp(Value x, String prefix) {
    Value gate = linear(x, prefix + names.gate(), shape.intermediate());
    Value up = linear(x, prefix + names.up(), shape.intermediate());
    Value inner = graph.gated(gate, up, Op.Function.SILU);
    return linear(inner, prefix + names.down(), shape.hidden());
  }

  private Value norm(Value x, String weight) {
    return graph.rmsNorm(x, weight(weight), 1, shape.epsilon(), 0);
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
          "the llama model of "
              + shape.layers()
              + " layers needs a tensor "
              + name
              + ", which is not among the file's "
              + config.tensors().size());
    }
    return name;
  }
}
