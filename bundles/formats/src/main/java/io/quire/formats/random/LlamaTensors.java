package io.quire.formats.random;

import io.quire.api.model.DType;
import java.util.ArrayList;
import java.util.List;

/** The tensors of a Llama model under their Hugging Face names. */
final class LlamaTensors {
  private final List<RandomTensor> tensors = new ArrayList<>();
  private final LlamaShape shape;
  private final DType dtype;

  private LlamaTensors(RandomModel model) {
    this.shape = model.shape();
    this.dtype = model.dtype();
  }

  static List<RandomTensor> of(RandomModel model) {
    return new LlamaTensors(model).list();
  }

  private List<RandomTensor> list() {
    matrix("model.embed_tokens", shape.vocabulary(), shape.hidden());
    for (int i = 0; i < shape.layers(); i++) {
      layer("model.layers." + i + ".");
    }
    norm("model.norm");
    if (!shape.tied()) {
      matrix("lm_head", shape.vocabulary(), shape.hidden());
    }
    return tensors;
  }

  private void layer(String prefix) {
    int queryWidth = shape.heads() * shape.headDim();
    int kvWidth = shape.kvHeads() * shape.headDim();
    norm(prefix + "input_layernorm");
    matrix(prefix + "self_attn.q_proj", queryWidth, shape.hidden());
    matrix(prefix + "self_attn.k_proj", kvWidth, shape.hidden());
    matrix(prefix + "self_attn.v_proj", kvWidth, shape.hidden());
    matrix(prefix + "self_attn.o_proj", shape.hidden(), queryWidth);
    norm(prefix + "post_attention_layernorm");
    matrix(prefix + "mlp.gate_proj", shape.intermediate(), shape.hidden());
    matrix(prefix + "mlp.up_proj", shape.intermediate(), shape.hidden());
    matrix(prefix + "mlp.down_proj", shape.hidden(), shape.intermediate());
  }

  /** Rows of length about 1, so that activations keep their size through the layers. */
  private void matrix(String name, long rows, long columns) {
    float deviation = (float) (1 / Math.sqrt(columns));
    tensors.add(new RandomTensor(name + ".weight", dtype, List.of(rows, columns), 0, deviation));
  }

  private void norm(String name) {
    DType kind = dtype.quantised() ? DType.F32 : dtype;
    List<Long> width = List.of((long) shape.hidden());
    tensors.add(new RandomTensor(name + ".weight", kind, width, 1, 0.02f));
  }
}
