package io.quire.text;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.Tensor;
import io.quire.api.model.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads only the metadata of the two GGUF files that tests use; trusts them. */
final class GgufMetadata {
  private static final int ARRAY = 9;

  private final ByteBuffer data;

  private GgufMetadata(ByteBuffer data) {
    this.data = data.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Reads a file's metadata; the result has no tensors. */
  static ModelFile read(Path path) {
    try (FileChannel channel = FileChannel.open(path)) {
      long length = Math.min(channel.size(), 64L << 20);
      return new GgufMetadata(channel.map(FileChannel.MapMode.READ_ONLY, 0, length)).file();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A model file of nothing but metadata and texts. */
  static ModelFile of(
      ModelConfig.Naming naming, Map<String, Object> values, Map<String, String> texts) {
    return new Bare(new ModelConfig(naming, "llama", values, Set.of()), texts);
  }

  private ModelFile file() {
    data.position(16);
    long count = data.getLong();
    Map<String, Object> values = new HashMap<>();
    for (long i = 0; i < count; i++) {
      String key = text();
      values.put(key, value(data.getInt()));
    }
    return of(ModelConfig.Naming.GGUF, values, Map.of());
  }

  private Object value(int type) {
    return switch (type) {
      case 0 -> (long) (data.get() & 0xFF);
      case 1 -> (long) data.get();
      case 2 -> (long) (data.getShort() & 0xFFFF);
      case 3 -> (long) data.getShort();
      case 4 -> data.getInt() & 0xFFFF_FFFFL;
      case 5 -> (long) data.getInt();
      case 6 -> (double) data.getFloat();
      case 7 -> data.get() != 0;
      case 8 -> text();
      case ARRAY -> array();
      case 10, 11 -> data.getLong();
      case 12 -> data.getDouble();
      default -> throw new IllegalStateException("type " + type);
    };
  }

  private List<Object> array() {
    int type = data.getInt();
    int size = Math.toIntExact(data.getLong());
    List<Object> values = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      values.add(value(type));
    }
    return values;
  }

  private String text() {
    byte[] bytes = new byte[Math.toIntExact(data.getLong())];
    data.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private record Bare(ModelConfig config, Map<String, String> texts) implements ModelFile {
    @Override
    public String location() {
      return "test";
    }

    @Override
    public Weights weights() {
      return new Weights() {
        @Override
        public Set<String> names() {
          return Set.of();
        }

        @Override
        public Tensor tensor(String name) {
          throw new ModelFormatException("there is no tensor " + name);
        }
      };
    }

    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }
}
