package io.quire.model.llama;

/**
 * What the weights are called. Names of a layer's weights follow {@code layer + index + "."}.
 *
 * @param embedding the token table
 * @param finalNorm the norm before the output
 * @param output the output matrix, missing where it is the token table
 * @param layer prefix of everything in a layer
 * @param attentionNorm norm before attention
 * @param q queries
 * @param k keys
 * @param v values
 * @param o attention's output
 * @param mlpNorm norm before the MLP
 * @param gate goes through the activation
 * @param up is multiplied with it
 * @param down back to the hidden size
 */
record LlamaNames(
    String embedding,
    String finalNorm,
    String output,
    String layer,
    String attentionNorm,
    String q,
    String k,
    String v,
    String o,
    String mlpNorm,
    String gate,
    String up,
    String down) {
  static final LlamaNames GGUF =
      new LlamaNames(
          "token_embd.weight",
          "output_norm.weight",
          "output.weight",
          "blk.",
          "attn_norm.weight",
          "attn_q.weight",
          "attn_k.weight",
          "attn_v.weight",
          "attn_output.weight",
          "ffn_norm.weight",
          "ffn_gate.weight",
          "ffn_up.weight",
          "ffn_down.weight");

  static final LlamaNames HUGGING_FACE =
      new LlamaNames(
          "model.embed_tokens.weight",
          "model.norm.weight",
          "lm_head.weight",
          "model.layers.",
          "input_layernorm.weight",
          "self_attn.q_proj.weight",
          "self_attn.k_proj.weight",
          "self_attn.v_proj.weight",
          "self_attn.o_proj.weight",
          "post_attention_layernorm.weight",
          "mlp.gate_proj.weight",
          "mlp.up_proj.weight",
          "mlp.down_proj.weight");
}
