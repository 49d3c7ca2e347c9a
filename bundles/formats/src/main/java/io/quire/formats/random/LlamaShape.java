package io.quire.formats.random;

/**
 * The numbers of a Llama model.
 *
 * @param hidden width of the residual stream
 * @param layers decoder layers
 * @param heads query heads
 * @param kvHeads key and value heads
 * @param headDim elements of a head
 * @param intermediate width inside the MLP
 * @param vocabulary rows of the token table
 * @param maxPositions longest context, in tokens
 * @param tied whether the token table is the output matrix too
 * @param ropeFactor factor of Llama 3's rope scaling; 0 for none
 */
record LlamaShape(
    int hidden,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int intermediate,
    int vocabulary,
    int maxPositions,
    boolean tied,
    double ropeFactor) {

  LlamaShape withLayers(int count) {
    return new LlamaShape(
        hidden,
        count,
        heads,
        kvHeads,
        headDim,
        intermediate,
        vocabulary,
        maxPositions,
        tied,
        ropeFactor);
  }

  LlamaShape withVocabulary(int count) {
    return new LlamaShape(
        hidden,
        layers,
        heads,
        kvHeads,
        headDim,
        intermediate,
        count,
        maxPositions,
        tied,
        ropeFactor);
  }

  LlamaShape withMaxPositions(int count) {
    return new LlamaShape(
        hidden, layers, heads, kvHeads, headDim, intermediate, vocabulary, count, tied, ropeFactor);
  }
}
