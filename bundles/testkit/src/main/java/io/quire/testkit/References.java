package io.quire.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What an independent implementation produced for two small models. The README beside the data says
 * how it was made and which differences are legitimate.
 */
public final class References {
  /** SmolLM2-135M-Instruct in Q4_1. */
  public static final String SMOLLM2 = "smollm2-135m-instruct.q4_1";

  /** Gemma 3 270M in Q4_K_M: for tests only, not to be distributed. */
  public static final String GEMMA3 = "gemma3-270m.q4_k_m";

  private static final ObjectMapper JSON = new ObjectMapper();

  private References() {}

  /**
   * Reads a JSON file.
   *
   * @param model {@link #SMOLLM2} or {@link #GEMMA3}
   * @param file such as {@code sampling.json}
   * @return its root
   */
  public static JsonNode json(String model, String file) {
    return parse(new String(bytes(model, file), StandardCharsets.UTF_8));
  }

  /**
   * Reads a file of one JSON value a line.
   *
   * @param model {@link #SMOLLM2} or {@link #GEMMA3}
   * @param file such as {@code greedy.jsonl}
   * @return its lines
   */
  public static List<JsonNode> lines(String model, String file) {
    String text = new String(bytes(model, file), StandardCharsets.UTF_8);
    return text.lines().filter(line -> !line.isBlank()).map(References::parse).toList();
  }

  /**
   * Reads one tensor of a safetensors file as floats.
   *
   * @param model {@link #SMOLLM2} or {@link #GEMMA3}
   * @param file such as {@code logits_capital.safetensors}
   * @param tensor an F32 tensor's name
   * @return its values
   */
  public static float[] floats(String model, String file, String tensor) {
    FloatBuffer buffer = tensor(model, file, tensor, "F32").asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  /**
   * Reads one tensor of a safetensors file as whole numbers.
   *
   * @param model {@link #SMOLLM2} or {@link #GEMMA3}
   * @param file such as {@code logits_capital.safetensors}
   * @param tensor an I32 tensor's name
   * @return its values
   */
  public static int[] ints(String model, String file, String tensor) {
    IntBuffer buffer = tensor(model, file, tensor, "I32").asIntBuffer();
    int[] values = new int[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  /**
   * Reads the metadata of a safetensors file.
   *
   * @param model {@link #SMOLLM2} or {@link #GEMMA3}
   * @param file such as {@code logits_capital.safetensors}
   * @return the object {@code __metadata__}
   */
  public static JsonNode metadata(String model, String file) {
    return header(ByteBuffer.wrap(bytes(model, file)).order(ByteOrder.LITTLE_ENDIAN))
        .get("__metadata__");
  }

  /**
   * A JSON array of whole numbers as an array.
   *
   * @param node a JSON array
   * @return its values
   */
  public static int[] ints(JsonNode node) {
    int[] values = new int[node.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = node.get(i).asInt();
    }
    return values;
  }

  private static ByteBuffer tensor(String model, String file, String tensor, String dtype) {
    ByteBuffer data = ByteBuffer.wrap(bytes(model, file)).order(ByteOrder.LITTLE_ENDIAN);
    JsonNode entry = header(data).get(tensor);
    if (entry == null || !entry.get("dtype").asText().equals(dtype)) {
      throw new IllegalArgumentException(
          model + "/" + file + " has no " + dtype + " tensor " + tensor);
    }
    int base = data.position();
    int begin = base + entry.get("data_offsets").get(0).asInt();
    int end = base + entry.get("data_offsets").get(1).asInt();
    return data.slice(begin, end - begin).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static JsonNode header(ByteBuffer data) {
    byte[] header = new byte[Math.toIntExact(data.getLong())];
    data.get(header);
    return parse(new String(header, StandardCharsets.UTF_8));
  }

  private static byte[] bytes(String model, String file) {
    String path = "references/" + model + "/" + file;
    try (InputStream in = References.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalArgumentException("the testkit has no " + path);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
