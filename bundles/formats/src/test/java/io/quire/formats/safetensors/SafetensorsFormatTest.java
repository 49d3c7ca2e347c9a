package io.quire.formats.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.model.DType;
import io.quire.api.model.ModelConfig.Naming;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelFormatException;
import io.quire.formats.Dequantiser;
import io.quire.formats.Mutations;
import io.quire.formats.Source;
import io.quire.testkit.References;
import io.quire.testkit.Seed;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Seed.class)
class SafetensorsFormatTest {
  private static final String HEADER =
      """
      {"__metadata__": {"format": "pt"},
       "b": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [12, 20]},
       "a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]},
       "c": {"dtype": "F16", "shape": [], "data_offsets": [20, 22]}}
      """;

  private final SafetensorsFormat format = new SafetensorsFormat();
  @TempDir private Path folder;

  @BeforeEach
  void writeConfig() {
    write(
        "config.json",
        """
        {"architectures": ["LlamaForCausalLM"], "hidden_size": 64, "rope_theta": 1e4,
         "sliding_window": null, "big": 123456789012345678901234567890,
         "rope_scaling": {"factor": 32.0, "none": null}, "flags": [true, null, false, "x"]}
        """);
  }

  @Test
  void shouldOpenASingleFile() throws IOException {
    writeWeights("model.safetensors", HEADER, data(22));
    try (ModelFile model = open()) {
      assertEquals(Set.of("a", "b", "c"), model.weights().names());
      assertEquals(List.of(3L), model.weights().tensor("a").shape());
      assertEquals(DType.BF16, model.weights().tensor("b").dtype());
      assertEquals(List.of(1L), model.weights().tensor("c").shape());
      assertArrayEquals(
          new byte[] {20, 21}, model.weights().tensor("c").data().toArray(ValueLayout.JAVA_BYTE));
      assertEquals(22, model.bytes());
      assertTrue(model.weights().tensor("a").data().isReadOnly());
    }
    String file = folder.resolve("model.safetensors").toString();
    assertTrue(format.accepts(file));
    try (ModelFile model = format.open(file)) {
      assertEquals("LlamaForCausalLM", model.config().architecture());
    }
  }

  @Test
  void shouldReadTheConfigAsPlainValuesWithoutNulls() throws IOException {
    writeWeights("model.safetensors", HEADER, data(22));
    try (ModelFile model = open()) {
      assertEquals(Naming.HUGGING_FACE, model.config().naming());
      assertEquals(
          Map.of(
              "architectures",
              List.of("LlamaForCausalLM"),
              "hidden_size",
              64L,
              "rope_theta",
              10_000.0,
              "big",
              1.2345678901234568e29,
              "rope_scaling",
              Map.of("factor", 32.0),
              "flags",
              List.of(true, false, "x")),
          model.config().values());
    }
  }

  @Test
  void shouldReadTheTextsOfATokenizer() throws IOException {
    writeWeights("model.safetensors", HEADER, data(22));
    write("tokenizer.json", "{\"é\": 1}");
    write("chat_template.jinja", "{{ x }}");
    write("README.md", "no");
    try (ModelFile model = open()) {
      assertEquals(
          Map.of("tokenizer.json", "{\"é\": 1}", "chat_template.jinja", "{{ x }}"), model.texts());
    }
    Files.write(folder.resolve("tokenizer.json"), new byte[] {(byte) 0xff});
    assertRefused("tokenizer.json: is not UTF-8");
    Files.write(folder.resolve("tokenizer.json"), new byte[] {'x'});
    Files.write(folder.resolve("chat_template.jinja"), new byte[(8 << 20) + 1]);
    assertRefused("more than 8388608 bytes");
  }

  @Test
  void shouldOpenShards() throws IOException {
    writeShards("two.safetensors");
    try (ModelFile model = open()) {
      assertEquals(Set.of("a", "b", "c", "d"), model.weights().names());
      assertEquals(26, model.bytes());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../two.safetensors", "/two.safetensors", "x/two.safetensors", "..\\\\two.safetensors",
        ".safetensors", "two.bin", "", "two\\u0000.safetensors"
      })
  void shouldNotLeaveTheDirectory(String name) throws IOException {
    writeShards(name);
    assertRefused("only names of .safetensors files in the same directory are opened");
  }

  @Test
  void shouldRefuseAnIndexThatDoesNotFit() throws IOException {
    writeShards("three.safetensors");
    assertRefused("three.safetensors: there is no such file");
    writeShards("two.safetensors");
    writeIndex("{\"weight_map\": {\"e\": \"two.safetensors\"}}");
    assertRefused("names a tensor 'e' in two.safetensors, which has none");
    writeIndex("{\"weight_map\": {}}");
    assertRefused("names 0 files");
    writeIndex("{\"weight_map\": {\"d\": \"two.safetensors\", \"d\": \"one.safetensors\"}}");
    assertRefused("twice");
    writeIndex("{\"weight_map\": {\"d\": 7}}");
    assertRefused("is no text");
    writeWeights(
        "two.safetensors",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}}",
        data(4));
    writeIndex("{\"weight_map\": {\"a\": \"two.safetensors\", \"b\": \"one.safetensors\"}}");
    assertRefused("a tensor 'a' that another file has too");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'a': {'dtype':'F32','shape':[3],'data_offsets':[0,22]}};takes 12 bytes",
        "{'a': {'dtype':'F32','shape':[3],'data_offsets':[10,22]}};begins at byte 10",
        "{'a': {'dtype':'F32','shape':[3],'data_offsets':[0,12]}};its tensors end at 12",
        "{'a': {'dtype':'F32','shape':[6],'data_offsets':[0,24]}};ends at byte 24",
        "{'a': {'dtype':'F32','shape':[3],'data_offsets':[12,0]}};data_offsets are [12, 0]",
        "{'a': {'dtype':'F32','shape':[0],'data_offsets':[0,0]}};shape [0]",
        "{'a': {'dtype':'F32','shape':[-3],'data_offsets':[0,12]}};shape [-3]",
        "{'a': {'dtype':'F32','shape':[2147483647,2147483647,4],'data_offsets':[0,1]}};no memory",
        "{'a': {'dtype':'F32','shape':[1e3],'data_offsets':[0,1]}};whole numbers",
        "{'a': {'dtype':'F32','shape':3,'data_offsets':[0,1]}};no array",
        "{'a': {'dtype':'F32','shape':[3],'data_offsets':[0,12,13]}};whole numbers",
        "{'a': {'dtype':'F32','shape':[3],'data_offsets':[0]}};lacks its",
        "{'a': {'dtype':'F32','shape':[3]}};lacks its",
        "{'a': {'shape':[3],'data_offsets':[0,12]}};lacks its",
        "{'a': {'dtype':'I64','shape':[1],'data_offsets':[0,8]}};tensor 'a' is stored as 'I64'",
        "{'a': {'dtype':'F8_E4M3','shape':[8],'data_offsets':[0,8]}};'F8_E4M3'",
        "{'a': {'dtype':7,'shape':[8],'data_offsets':[0,8]}};a dtype is no text",
        "{'a': {'dtype':'F32','dtype':'F16','shape':[8]}};described twice",
        "{'a': {'dtype':'F32','extra':1}};a member 'extra'",
        "{'a': 5};no object",
        "[1];does not begin with a JSON object",
        "{} {};goes on after its JSON object",
        "{'a;not the JSON expected",
        "{'a': {'dtype':'F32','shape':[99999999999999999999]}};not the JSON expected",
      })
  void shouldRefuseAHeaderThatIsWrong(String header, String part) throws IOException {
    writeWeights("model.safetensors", header.replace('\'', '"'), data(22));
    assertRefused(part);
  }

  @Test
  void shouldRefuseTwoTensorsOfOneName() throws IOException {
    String a = "\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}";
    writeWeights("model.safetensors", "{" + a + ", " + a + "}", data(4));
    assertRefused("tensor 'a' occurs twice");
  }

  @Test
  void shouldRefuseAHeaderLengthThatTheFileCannotHold() throws IOException {
    for (long length : new long[] {-1, 0, 1, 15, 100_000_001, Long.MIN_VALUE, 1L << 60}) {
      ByteBuffer file = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
      Files.write(folder.resolve("model.safetensors"), file.array());
      assertRefused("claims a header of " + Long.toUnsignedString(length));
    }
    Files.write(folder.resolve("model.safetensors"), new byte[7]);
    assertRefused("has 7 bytes");
  }

  @Test
  void shouldRefuseAConfigThatIsWrong() throws IOException {
    writeWeights("model.safetensors", HEADER, data(22));
    write("config.json", "{\"hidden_size\": 1}");
    assertRefused("names no architecture");
    write("config.json", "{\"a\": 1, \"a\": 2}");
    assertRefused("occurs twice");
    write("config.json", "{\"a\": " + "[".repeat(100_000));
    assertRefused("config.json: is not the JSON expected");
    write("config.json", "{\"a\": " + "9".repeat(100_000) + "}");
    assertRefused("config.json: is not the JSON expected");
    Files.delete(folder.resolve("config.json"));
    assertFalse(format.accepts(folder.toString()));
    assertRefused("config.json: there is no such file");
  }

  @Test
  void shouldReadFilesOfTheFormatsOwnWriter() throws IOException {
    String path = "references/" + References.SMOLLM2 + "/logits_capital.safetensors";
    try (var in = References.class.getResourceAsStream(path)) {
      Files.write(folder.resolve("model.safetensors"), in.readAllBytes());
    }
    try (ModelFile model = open()) {
      assertArrayEquals(
          References.floats(References.SMOLLM2, "logits_capital.safetensors", "logits"),
          Dequantiser.values(model.weights().tensor("logits")));
    }
  }

  @Test
  void shouldSurviveDamagedFiles(RandomGenerator random) {
    byte[] good = file(HEADER, data(22));
    Source source = new Source("damaged.safetensors");
    int refused =
        Mutations.run(
            good,
            6000,
            random,
            bad -> {
              MemorySegment file = MemorySegment.ofArray(bad);
              long bytes = 0;
              for (SafetensorsHeader.Entry e : SafetensorsHeader.parse(source, file)) {
                bytes += file.asSlice(e.begin(), e.end() - e.begin()).byteSize();
              }
              assertTrue(bytes < bad.length);
            });
    assertTrue(refused > 1000, "only " + refused + " were refused");
  }

  @Test
  void shouldSurviveDamagedIndexesAndConfigs(RandomGenerator random) throws IOException {
    writeShards("two.safetensors");
    for (String name : List.of("config.json", Folder.INDEX)) {
      byte[] good = Files.readAllBytes(folder.resolve(name));
      Mutations.run(
          good,
          500,
          random,
          bad -> {
            write(name, bad);
            open().close();
          });
      write(name, good);
    }
    open().close();
  }

  @Test
  void shouldAcceptDirectoriesAndFilesAndNeverThrow() {
    assertTrue(format.accepts(folder.toString()));
    assertTrue(format.accepts("/nowhere/model.safetensors"));
    for (String other : List.of("", "\0", "/", "x.gguf", "random:llama-1b", "hf:org/repo")) {
      assertFalse(format.accepts(other), other);
    }
    assertThrows(ModelFormatException.class, () -> format.open("\0"));
    assertThrows(ModelFormatException.class, () -> format.open("/nowhere/model.safetensors"));
    assertRefused("model.safetensors: there is no such file");
  }

  private void writeShards(String second) throws IOException {
    writeWeights("one.safetensors", HEADER, data(22));
    writeWeights(
        "two.safetensors",
        "{\"d\": {\"dtype\": \"F32\", \"shape\": [1, 1], \"data_offsets\": [0, 4]}}   ",
        data(4));
    writeIndex(
        "{\"metadata\": {\"total_size\": 26}, \"weight_map\": {\"a\": \"one.safetensors\", \"b\":"
            + " \"one.safetensors\", \"c\": \"one.safetensors\", \"d\": \""
            + second
            + "\"}}");
  }

  private void writeIndex(String json) {
    write(Folder.INDEX, json);
  }

  private void writeWeights(String name, String header, byte[] data) throws IOException {
    Files.write(folder.resolve(name), file(header, data));
  }

  private static byte[] file(String header, byte[] data) {
    byte[] utf8 = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + utf8.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(utf8.length)
        .put(utf8)
        .put(data)
        .array();
  }

  private void write(String name, String text) {
    write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private void write(String name, byte[] bytes) {
    try {
      Files.write(folder.resolve(name), bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] data(int size) {
    byte[] data = new byte[size];
    for (int i = 0; i < size; i++) {
      data[i] = (byte) i;
    }
    return data;
  }

  private ModelFile open() {
    assertTrue(format.accepts(folder.toString()) || !Files.exists(folder.resolve("config.json")));
    return format.open(folder.toString());
  }

  private void assertRefused(String part) {
    var error = assertThrows(ModelFormatException.class, () -> open().close());
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }
}
