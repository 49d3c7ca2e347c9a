package io.quire.model.gemma;

import java.util.Set;
import java.util.stream.Stream;

/**
 * What the weights are called. Names of a layer's weights follow {@code layer + index + "."}.
 *
 * @param embedding the token table
 * @param finalNorm the norm before the output
 * @param output the output matrix, usually missing: then it is the token table
 * @param layer prefix of everything in a layer
 * @param attentionNorm norm before attention
 * @param q queries
 * @param k keys
 * @param v values
 * @param qNorm norm of each head of the queries
 * @param kNorm norm of each head of the keys
 * @param o attention's output
 * @param postAttentionNorm norm after attention
 * @param mlpNorm norm before the MLP
 * @param gate goes through the activation
 * @param up is multiplied with it
 * @param down back to the hidden size
 * @param postMlpNorm norm after the MLP
 */
record GemmaNames(
    String embedding,
    String finalNorm,
    String output,
    String layer,
    String attentionNorm,
    String q,
    String k,
    String v,
    String qNorm,
    String kNorm,
    String o,
    String postAttentionNorm,
    String mlpNorm,
    String gate,
    String up,
    String down,
    String postMlpNorm) {
  static final GemmaNames GGUF =
      new GemmaNames(
          "token_embd.weight",
          "output_norm.weight",
          "output.weight",
          "blk.",
          "attn_norm.weight",
          "attn_q.weight",
          "attn_k.weight",
          "attn_v.weight",
          "attn_q_norm.weight",
          "attn_k_norm.weight",
          "attn_output.weight",
          "post_attention_norm.weight",
          "ffn_norm.weight",
          "ffn_gate.weight",
          "ffn_up.weight",
          "ffn_down.weight",
          "post_ffw_norm.weight");

  private static final String TABLE = "embed_tokens.weight";

  /** Models that also see images keep the text part under a prefix, which has changed once. */
  static GemmaNames huggingFace(Set<String> tensors) {
    String model =
        Stream.of("language_model.model.", "model.language_model.")
            .filter(prefix -> tensors.contains(prefix + TABLE))
            .findFirst()
            .orElse("model.");
    String head = model.equals("language_model.model.") ? "language_model." : "";
    return new GemmaNames(
        model + TABLE,
        model + "norm.weight",
        head + "lm_head.weight",
        model + "layers.",
        "input_layernorm.weight",
        "self_attn.q_proj.weight",
        "self_attn.k_proj.weight",
        "self_attn.v_proj.weight",
        "self_attn.q_norm.weight",
        "self_attn.k_norm.weight",
        "self_attn.o_proj.weight",
        "post_attention_layernorm.weight",
        "pre_feedforward_layernorm.weight",
        "mlp.gate_proj.weight",
        "mlp.up_proj.weight",
        "mlp.down_proj.weight",
        "post_feedforward_layernorm.weight");
  }
}
