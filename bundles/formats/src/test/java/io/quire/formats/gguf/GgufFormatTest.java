package io.quire.formats.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.model.DType;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.Tensor;
import io.quire.formats.Mutations;
import io.quire.formats.Source;
import io.quire.testkit.Seed;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(Seed.class)
class GgufFormatTest {
  private static final Map<Long, DType> TYPES =
      Map.ofEntries(
          Map.entry(0L, DType.F32),
          Map.entry(1L, DType.F16),
          Map.entry(30L, DType.BF16),
          Map.entry(2L, DType.Q4_0),
          Map.entry(3L, DType.Q4_1),
          Map.entry(6L, DType.Q5_0),
          Map.entry(7L, DType.Q5_1),
          Map.entry(8L, DType.Q8_0),
          Map.entry(12L, DType.Q4_K),
          Map.entry(13L, DType.Q5_K),
          Map.entry(14L, DType.Q6_K));

  private final GgufFormat format = new GgufFormat();
  @TempDir private Path folder;

  @Test
  void shouldReadEveryTensorType(RandomGenerator random) throws IOException {
    byte[] file = everyTensorType(random);
    try (ModelFile model = open(file)) {
      TYPES.forEach((number, dtype) -> {
        Tensor tensor = model.weights().tensor("t" + number);
        assertEquals(dtype, tensor.dtype());
        assertEquals(List.of(3L, 256L), tensor.shape());
      });
      assertEquals(TYPES.size(), model.weights().names().size());
    }
  }

  @Test
  void shouldHandOutTheBytesOfEachTensor() throws IOException {
    byte[] one = GgufWriter.floats(1, 2, 3, 4, 5, 6);
    byte[] two = GgufWriter.floats(7);
    byte[] file =
        GgufWriter.model()
            .alignment(64)
            .tensor("one", 0, one, 3, 2)
            .tensor("two", 0, two, 1)
            .bytes();
    try (ModelFile model = open(file)) {
      assertEquals(List.of(2L, 3L), model.weights().tensor("one").shape());
      assertArrayEquals(one, bytes(model.weights().tensor("one")));
      assertArrayEquals(two, bytes(model.weights().tensor("two")));
      assertEquals(28, model.bytes());
      assertTrue(model.texts().isEmpty());
    }
  }

  @Test
  void shouldReadEveryMetadataType() throws IOException {
    try (ModelFile model = open(everyMetadataType().bytes())) {
      Map<String, Object> values = model.config().values();
      assertEquals(255L, values.get("u8"));
      assertEquals(-1L, values.get("i8"));
      assertEquals(65535L, values.get("u16"));
      assertEquals(-1L, values.get("i16"));
      assertEquals(4294967295L, values.get("u32"));
      assertEquals(-1L, values.get("i32"));
      assertEquals(1.5, values.get("f32"));
      assertEquals(true, values.get("bool"));
      assertEquals("Grüße", values.get("string"));
      assertEquals(Long.MAX_VALUE, values.get("u64"));
      assertEquals(Long.MIN_VALUE, values.get("i64"));
      assertEquals(Math.PI, values.get("f64"));
      assertEquals(List.of(1L, 2L), values.get("numbers"));
      assertEquals(List.of(true, false), values.get("truths"));
      assertEquals(List.of("a", "", "b"), values.get("texts"));
      assertEquals(List.of(List.of(1.0), List.of()), values.get("nested"));
      assertEquals(List.of(), values.get("nothing"));
    }
  }

  @Test
  void shouldReadTextsLongerThanItsWindow() throws IOException {
    String text = "é".repeat(200_000);
    byte[] file = GgufWriter.model().text("long", text).text("after", "end").bytes();
    try (ModelFile model = open(file)) {
      assertEquals(text, model.config().values().get("long"));
      assertEquals("end", model.config().values().get("after"));
    }
  }

  @Test
  void shouldReadVersion2() throws IOException {
    GgufWriter writer = GgufWriter.model();
    writer.version = 2;
    try (ModelFile model = open(writer.bytes())) {
      assertEquals("llama", model.config().architecture());
    }
  }

  @Test
  void shouldRefuseOtherVersionsAndFiles() {
    GgufWriter writer = GgufWriter.model();
    writer.version = 1;
    assertRefused(writer, "GGUF version 1");
    writer.version = 0x03000000;
    assertRefused(writer, "big-endian");
    writer.magic = 0x12345678;
    assertRefused(writer, "0x12345678 instead of 'GGUF'");
    assertRefused(new byte[0], "takes 4 bytes, but 0 are left");
    assertRefused(new GgufWriter(), "general.architecture is missing");
    assertRefused(
        GgufWriter.model().key("split.count", ValueType.UINT16, o -> o.u16(3)), "one of 3 parts");
  }

  @Test
  void shouldRefuseCountsThatTheFileCannotHold() {
    GgufWriter keys = GgufWriter.model();
    keys.extraKeys = 1L << 60;
    assertRefused(keys, "the number of metadata keys is 1152921504606846977");
    GgufWriter tensors = GgufWriter.model();
    tensors.extraTensors = -1;
    assertRefused(tensors, "the number of tensors is 18446744073709551615");
    for (ValueType type : new ValueType[] {ValueType.STRING, ValueType.UINT8, ValueType.ARRAY}) {
      assertRefused(
          GgufWriter.model().key("list", ValueType.ARRAY, o -> o.u32(type.ordinal()).u64(1L << 60)),
          "element count of metadata 'list' is 1152921504606846976");
    }
    assertRefused(
        GgufWriter.model().key("text", ValueType.STRING, o -> o.u64(-1).raw(new byte[64])),
        "metadata 'text' is 18446744073709551615");
  }

  @Test
  void shouldRefuseBrokenMetadata() {
    assertRefused(GgufWriter.model().text("general.architecture", "x"), "occurs twice");
    assertRefused(GgufWriter.model().text("", "x"), "the name of metadata key 1 is empty");
    assertRefused(GgufWriter.model().key("flag", ValueType.BOOL, o -> o.u8(2)), "truth value of 2");
    assertRefused(
        GgufWriter.model().key("big", ValueType.UINT64, o -> o.u64(-1)), "above 2^63 - 1");
    assertRefused(
        GgufWriter.model().key("type", ValueType.ARRAY, o -> o.u32(13).u64(0)), "has type 13");
    assertRefused(
        GgufWriter.model()
            .key(
                "deep",
                ValueType.ARRAY,
                o -> {
                  for (int i = 0; i < 5; i++) {
                    o.u32(9).u64(1);
                  }
                  o.u32(0).u64(0);
                }),
        "deeper than 4");
    for (int alignment : new int[] {1, 24, 1 << 30}) {
      assertRefused(
          GgufWriter.model().key("general.alignment", ValueType.UINT32, o -> o.u32(alignment)),
          "'" + alignment + "'; it must be a power of two");
    }
  }

  @Test
  void shouldRefuseBrokenTensors() {
    byte[] four = GgufWriter.floats(1, 2, 3, 4);
    assertRefused(
        GgufWriter.model().tensor("a", 0, four, 4).tensor("a", 0, four, 4), "'a' occurs twice");
    assertRefused(GgufWriter.model().tensor("a", 0, four), "0 dimensions");
    assertRefused(GgufWriter.model().tensor("a", 0, four, 1, 1, 1, 1, 4), "5 dimensions");
    assertRefused(GgufWriter.model().tensor("a", 0, four, 0), "shape [0]");
    assertRefused(GgufWriter.model().tensor("a", 0, four, -4), "shape [-4]");
    assertRefused(GgufWriter.model().tensor("a", 0, four, 1L << 30, 1L << 30, 8), "no memory");
    assertRefused(
        GgufWriter.model().tensor("a", 0, four, Integer.MAX_VALUE, Integer.MAX_VALUE, 2, 2),
        "no memory");
    assertRefused(GgufWriter.model().tensor("a", 8, new byte[34], 31), "rows of 31 values");
    assertRefused(GgufWriter.model().tensor("a", 0, four, 5), "takes 20 bytes at offset 0");
    assertRefused(
        GgufWriter.model().tensor("a", 0, four, 4).tensorAt("b", 0, 1L << 60, 1), "takes 4 bytes");
    assertRefused(GgufWriter.model().tensor("a", 0, four, 4).tensorAt("b", 0, 1, 1), "no multiple");
    assertRefused(
        GgufWriter.model().tensor("a", 0, four, 4).tensorAt("b", 0, -32, 1), "no multiple");
    assertRefused(
        GgufWriter.model().tensor("a", 0, new byte[64], 16).tensorAt("b", 0, 32, 1),
        "inside tensor 'a', which ends at");
  }

  @Test
  void shouldNameTheTensorAndTheTypesWhenATypeIsNotRead() {
    assertRefused(
        GgufWriter.model().tensor("blk.0.ffn_up.weight", 23, new byte[136], 256),
        "tensor 'blk.0.ffn_up.weight' is stored as IQ4_XS (number 23)");
    assertRefused(GgufWriter.model().tensor("a", 4, new byte[136], 256), "unknown (number 4)");
    assertRefused(GgufWriter.model().tensor("a", -1, new byte[136], 256), "Q4_0, Q4_1, Q5_0");
  }

  @Test
  void shouldNotLetAFileWriteControlCharactersIntoMessages() {
    assertRefused(GgufWriter.model().tensor("a\u001b[2J\nb", 23, new byte[1], 1), "'a?[2J?b'");
  }

  @Test
  void shouldSurviveDamagedFiles(RandomGenerator random) throws IOException {
    byte[] good = everyMetadataType().tensor("t", 0, GgufWriter.floats(1, 2), 2).bytes();
    Source source = new Source("damaged.gguf");
    int refused =
        Mutations.run(
            good,
            6000,
            random,
            bad -> {
              MemorySegment file = MemorySegment.ofArray(bad);
              for (GgufHead.Entry entry : GgufParser.parse(source, file).tensors()) {
                assertEquals(entry.bytes(), file.asSlice(entry.offset(), entry.bytes()).byteSize());
              }
            });
    assertTrue(refused > 1000, "only " + refused + " were refused");
    Path path = folder.resolve("damaged.gguf");
    Mutations.run(everyTensorType(random), 300, random, bad -> openAndTouch(path, bad));
  }

  @Test
  void shouldAcceptByNameOrFirstBytesAndNeverThrow() throws IOException {
    assertTrue(format.accepts("/nowhere/model.GGUF"));
    Path renamed = Files.write(folder.resolve("blob"), GgufWriter.model().bytes());
    assertTrue(format.accepts(renamed.toString()));
    Path short3 = Files.write(folder.resolve("short"), new byte[] {'G', 'G', 'U'});
    for (String other :
        List.of("", "random:llama-1b", "\0", folder.toString(), "x", "/", short3.toString())) {
      assertFalse(format.accepts(other), other);
    }
  }

  @Test
  void shouldSayWhatIsMissing() {
    String missing = folder.resolve("missing.gguf").toString();
    var error = assertThrows(ModelFormatException.class, () -> format.open(missing));
    assertEquals(
        missing + ": there is no such file; check the path, or fetch the model first",
        error.getMessage());
    assertThrows(ModelFormatException.class, () -> format.open(folder.toString()));
    assertThrows(ModelFormatException.class, () -> format.open("\0"));
  }

  private void openAndTouch(Path path, byte[] file) {
    try {
      Files.write(path, file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    try (ModelFile model = format.open(path.toString())) {
      for (String name : model.weights().names()) {
        MemorySegment data = model.weights().tensor(name).data();
        data.get(ValueLayout.JAVA_BYTE, data.byteSize() - 1);
      }
    }
  }

  private static byte[] everyTensorType(RandomGenerator random) {
    GgufWriter writer = GgufWriter.model();
    TYPES.forEach((number, dtype) -> {
      byte[] values = new byte[(int) dtype.bytes(3 * 256)];
      random.nextBytes(values);
      writer.tensor("t" + number, number, values, 256, 3);
    });
    return writer.bytes();
  }

  private static GgufWriter everyMetadataType() {
    return GgufWriter.model()
        .key("u8", ValueType.UINT8, o -> o.u8(255))
        .key("i8", ValueType.INT8, o -> o.u8(-1))
        .key("u16", ValueType.UINT16, o -> o.u16(-1))
        .key("i16", ValueType.INT16, o -> o.u16(-1))
        .key("u32", ValueType.UINT32, o -> o.u32(-1))
        .key("i32", ValueType.INT32, o -> o.u32(-1))
        .key("f32", ValueType.FLOAT32, o -> o.f32(1.5f))
        .key("bool", ValueType.BOOL, o -> o.u8(1))
        .text("string", "Grüße")
        .key("u64", ValueType.UINT64, o -> o.u64(Long.MAX_VALUE))
        .key("i64", ValueType.INT64, o -> o.u64(Long.MIN_VALUE))
        .key("f64", ValueType.FLOAT64, o -> o.f64(Math.PI))
        .key("numbers", ValueType.ARRAY, o -> o.u32(5).u64(2).u32(1).u32(2))
        .key("truths", ValueType.ARRAY, o -> o.u32(7).u64(2).u8(1).u8(0))
        .key("texts", ValueType.ARRAY, o -> o.u32(8).u64(3).string("a").string("").string("b"))
        .key("nested", ValueType.ARRAY, o -> o.u32(9).u64(2).u32(6).u64(1).f32(1).u32(8).u64(0))
        .key("nothing", ValueType.ARRAY, o -> o.u32(12).u64(0));
  }

  private ModelFile open(byte[] file) throws IOException {
    return format.open(Files.write(folder.resolve("model.gguf"), file).toString());
  }

  private void assertRefused(GgufWriter writer, String part) {
    assertRefused(writer.bytes(), part);
  }

  private void assertRefused(byte[] file, String part) {
    var error = assertThrows(ModelFormatException.class, () -> open(file).close());
    assertTrue(error.getMessage().contains(part), error.getMessage());
    assertTrue(error.getMessage().startsWith(folder.toString()), error.getMessage());
  }

  private static byte[] bytes(Tensor tensor) {
    return tensor.data().toArray(ValueLayout.JAVA_BYTE);
  }
}
