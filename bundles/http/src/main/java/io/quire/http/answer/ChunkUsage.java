package io.quire.http.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.engine.Usage;
import io.quire.http.request.StreamMode;

/** Puts the usage into the events of a stream, as far as it was asked for. */
final class ChunkUsage {
  private final StreamMode mode;
  private final int choicesEach;
  private final int[] promptTokens;
  private final int[] completionTokens;

  ChunkUsage(StreamMode mode, int prompts, int choicesEach) {
    this.mode = mode;
    this.choicesEach = choicesEach;
    promptTokens = new int[prompts];
    completionTokens = new int[Math.multiplyExact(prompts, choicesEach)];
  }

  void prompt(int prompt, int tokens) {
    promptTokens[prompt] = tokens;
  }

  void grow(int choice, int tokens) {
    completionTokens[choice] += tokens;
  }

  /**
   * With a usage at the end, the events before it have the field too: null, or the count so far.
   */
  ObjectNode soFar(ObjectNode chunk, int choice) {
    if (mode.continuousUsage()) {
      int prompt = promptTokens[choice / choicesEach];
      chunk.set("usage", Common.usage(new Usage(prompt, 0, completionTokens[choice])));
    } else if (mode.usage()) {
      chunk.putNull("usage");
    }
    return chunk;
  }

  boolean wanted() {
    return mode.usage();
  }
}
