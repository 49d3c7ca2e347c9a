package io.quire.bench.stats;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.bench.command.UsageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How long the prompt and the output of a request are.
 *
 * @param prompt tokens of the prompt
 * @param output tokens to generate
 */
public record Lengths(int prompt, int output) {
  /** The longest that a file may ask for. */
  private static final int MOST = 1_000_000;

  /**
   * The same for all.
   *
   * @param count how many
   * @param prompt tokens of each prompt
   * @param output tokens of each output
   * @return the lengths
   */
  public static List<Lengths> fixed(int count, int prompt, int output) {
    List<Lengths> all = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      all.add(new Lengths(prompt, output));
    }
    return all;
  }

  /**
   * Single turns of a chat: logarithms normally distributed, prompts with a mean near 220 tokens
   * and a long tail, outputs with a mean near 190.
   *
   * @param count how many
   * @param seed equal seeds, equal lengths
   * @param mostPrompt longer prompts are cut to it
   * @param mostOutput longer outputs are cut to it
   * @return the lengths
   */
  public static List<Lengths> chat(int count, long seed, int mostPrompt, int mostOutput) {
    Draws draws = new Draws(seed);
    List<Lengths> all = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int prompt = chatPrompt(draws, mostPrompt);
      all.add(new Lengths(prompt, chatOutput(draws, mostOutput)));
    }
    return all;
  }

  /**
   * One user message.
   *
   * @param draws where from
   * @param most longer ones are cut to it
   * @return tokens
   */
  public static int chatPrompt(Draws draws, int most) {
    return draws.logNormal(4.8, 1.1, Math.min(4, most), most);
  }

  /**
   * One answer.
   *
   * @param draws where from
   * @param most longer ones are cut to it
   * @return tokens
   */
  public static int chatOutput(Draws draws, int most) {
    return draws.logNormal(4.85, 0.9, Math.min(4, most), most);
  }

  /**
   * Reads a JSON list of {@code [prompt, output]} pairs, alone or as the member {@code lengths} of
   * an object.
   *
   * @param file the file
   * @param count how many are wanted; a shorter list starts again
   * @return the lengths
   * @throws IOException if the file cannot be read or is not JSON
   * @throws UsageException if it holds something else
   */
  public static List<Lengths> read(Path file, int count) throws IOException {
    List<Lengths> once = read(file);
    List<Lengths> all = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      all.add(once.get(i % once.size()));
    }
    return all;
  }

  /**
   * Reads every pair of such a list, once.
   *
   * @param file the file
   * @return the lengths, at least one
   * @throws IOException if the file cannot be read or is not JSON
   * @throws UsageException if it holds something else
   */
  public static List<Lengths> read(Path file) throws IOException {
    JsonNode root = new ObjectMapper().readTree(file.toFile());
    JsonNode pairs = root.isObject() ? root.path("lengths") : root;
    if (!pairs.isArray() || pairs.isEmpty()) {
      throw new UsageException(file + " holds no list of [prompt, output] pairs");
    }
    List<Lengths> all = new ArrayList<>(pairs.size());
    for (int i = 0; i < pairs.size(); i++) {
      all.add(pair(file, i, pairs.get(i)));
    }
    return all;
  }

  private static Lengths pair(Path file, int index, JsonNode pair) {
    if (pair.isArray() && pair.size() == 2 && length(pair.get(0)) && length(pair.get(1))) {
      return new Lengths(pair.get(0).intValue(), pair.get(1).intValue());
    }
    throw new UsageException(
        String.format(
            Locale.ROOT,
            "%s: pair %d is %s, not two lengths from 1 to %d",
            file,
            index,
            pair,
            MOST));
  }

  private static boolean length(JsonNode node) {
    return node.isIntegralNumber()
        && node.canConvertToInt()
        && node.intValue() >= 1
        && node.intValue() <= MOST;
  }
}
