package io.quire.itests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.testkit.References;
import java.io.IOException;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Spliterators;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Quire inside another program, in the frameworks that it says it runs in. */
@Timeout(120)
class EmbedIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PROMPT = "hello";
  private static final String DATA = "data: ";

  /** So many that the stream has not ended when the program's own request has. */
  private static final int LONG = 2000;

  @TempDir private Path home;

  @ParameterizedTest
  @ValueSource(strings = {"felix", "equinox"})
  void shouldShareTheBatchOfAnEngineBetweenTheProgramAndHttp(String framework) throws Exception {
    try (EmbeddingProgram program = EmbeddingProgram.start(jar(framework), home)) {
      int[] alone = complete(program, Map.of("prompt", PROMPT, "max_tokens", 48));
      Map<String, Object> stream =
          Map.of("prompt", new int[] {72, 101, 7}, "max_tokens", LONG, "ignore_eos", true);
      int[] streamAlone = complete(program, stream);
      assertEquals(LONG, streamAlone.length);
      assertEquals("1 at once: " + Arrays.toString(alone), withoutText(program.ask(PROMPT)));

      try (var lines = program.complete(body(stream, true), BodyHandlers.ofLines()).body()) {
        Iterator<String> chunks =
            lines
                .filter(line -> line.startsWith(DATA))
                .map(l -> l.substring(DATA.length()))
                .iterator();
        int[] first = tokens(chunks.next());
        assertEquals("2 at once: " + Arrays.toString(alone), withoutText(program.ask(PROMPT)));
        int[] rest =
            StreamSupport.stream(Spliterators.spliteratorUnknownSize(chunks, 0), false)
                .filter(chunk -> !chunk.equals("[DONE]"))
                .flatMapToInt(chunk -> Arrays.stream(tokens(chunk)))
                .toArray();
        assertArrayEquals(
            streamAlone, IntStream.concat(Arrays.stream(first), Arrays.stream(rest)).toArray());
      }
    }
  }

  @Test
  void shouldServeFromAWorkerProcessOfAnotherFramework() throws Exception {
    Path etc = Files.createDirectories(home.resolve("etc"));
    Files.writeString(etc.resolve("io.quire.worker.cfg"), "backends = io.quire.backend.cpu\n");
    try (EmbeddingProgram program = EmbeddingProgram.start(jar("equinox"), home)) {
      int[] alone = complete(program, Map.of("prompt", PROMPT, "max_tokens", 48));
      assertEquals("1 at once: " + Arrays.toString(alone), withoutText(program.ask(PROMPT)));
      assertTrue(program.log().contains("device cpu0 lives in worker process"), program.log());
    }
  }

  private static Path jar(String framework) throws Exception {
    if (framework.equals("equinox")) {
      return Path.of(System.getProperty("quire.equinox"));
    }
    try (var files = Files.list(Distribution.home().resolve("lib").toRealPath())) {
      return files
          .filter(file -> file.getFileName().toString().contains("felix.framework"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static String withoutText(String answer) {
    return answer.substring(0, answer.indexOf(']') + 1);
  }

  private static String body(Map<String, Object> request, boolean stream) throws Exception {
    Map<String, Object> all = new TreeMap<>(request);
    all.put("model", "tiny");
    all.put("temperature", 0);
    all.put("return_token_ids", true);
    all.put("stream", stream);
    return JSON.writeValueAsString(all);
  }

  private static int[] complete(EmbeddingProgram program, Map<String, Object> request)
      throws Exception {
    return tokens(program.complete(body(request, false), BodyHandlers.ofString()).body());
  }

  private static int[] tokens(String answer) {
    try {
      JsonNode choices = JSON.readTree(answer).path("choices");
      assertEquals(1, choices.size(), answer);
      return References.ints(choices.get(0).path("token_ids"));
    } catch (IOException e) {
      throw new AssertionError(answer, e);
    }
  }
}
