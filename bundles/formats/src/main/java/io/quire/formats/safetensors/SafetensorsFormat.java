package io.quire.formats.safetensors;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelConfig.Naming;
import io.quire.api.model.ModelFile;
import io.quire.api.model.Tensor;
import io.quire.api.model.WeightsFormat;
import io.quire.formats.Locations;
import io.quire.formats.ModelMemory;
import io.quire.formats.OpenModel;
import io.quire.formats.Source;
import io.quire.formats.TensorTable;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Opens a directory with {@code config.json} and {@code model.safetensors}, in one file or in
 * several with an index; or one {@code .safetensors} file in such a directory.
 */
@Component(service = WeightsFormat.class)
public final class SafetensorsFormat implements WeightsFormat {
  /** Used by Declarative Services. */
  @Activate
  public SafetensorsFormat() {}

  @Override
  public String name() {
    return "safetensors";
  }

  @Override
  public boolean accepts(String location) {
    return Locations.path(location)
        .filter(path ->
            Files.isDirectory(path)
                ? Files.isRegularFile(path.resolve(Folder.CONFIG))
                : path.toString().endsWith(".safetensors"))
        .isPresent();
  }

  @Override
  public ModelFile open(String location) {
    Source source = new Source(location);
    Path path =
        Locations.path(location)
            .orElseThrow(
                () -> source.error("is no path; name a directory with config.json and weights"));
    ModelMemory memory = new ModelMemory();
    return memory.keepIfOpened(() -> open(source, path, memory));
  }

  private static ModelFile open(Source source, Path path, ModelMemory memory) {
    boolean directory = Files.isDirectory(path);
    Folder folder = new Folder(directory ? path : path.toAbsolutePath().getParent());
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    if (directory && folder.sharded()) {
      addShards(folder, memory, tensors);
    } else {
      add(directory ? path.resolve(Folder.SINGLE) : path, memory, tensors);
    }
    Map<String, Object> values = folder.config();
    String architecture = architecture(source, values);
    TensorTable weights = new TensorTable(source.name(), tensors);
    return new OpenModel(
        source.name(),
        new ModelConfig(Naming.HUGGING_FACE, architecture, values, tensors.keySet()),
        weights,
        folder.texts(),
        weights.bytes(),
        memory::close);
  }

  private static void addShards(Folder folder, ModelMemory memory, Map<String, Tensor> tensors) {
    Map<String, String> index = folder.index();
    for (String shard : new LinkedHashSet<>(index.values())) {
      add(folder.path().resolve(shard), memory, tensors);
    }
    for (Map.Entry<String, String> entry : index.entrySet()) {
      if (!tensors.containsKey(entry.getKey())) {
        throw new Source(folder.path().resolve(Folder.INDEX).toString())
            .error(
                "names a tensor "
                    + Source.quote(entry.getKey())
                    + " in "
                    + entry.getValue()
                    + ", which has none; fetch the model again");
      }
    }
  }

  private static void add(Path file, ModelMemory memory, Map<String, Tensor> tensors) {
    Source source = new Source(file.toString());
    MemorySegment bytes = memory.map(file);
    for (SafetensorsHeader.Entry e : SafetensorsHeader.parse(source, bytes)) {
      MemorySegment data = bytes.asSlice(e.begin(), e.end() - e.begin());
      if (tensors.put(e.name(), new Tensor(e.name(), e.dtype(), e.shape(), data)) != null) {
        throw source.error(
            "has a tensor "
                + Source.quote(e.name())
                + " that another file has too; fetch it again");
      }
    }
  }

  private static String architecture(Source source, Map<String, Object> values) {
    if (values.get("architectures") instanceof List<?> names
        && !names.isEmpty()
        && names.getFirst() instanceof String name) {
      return name;
    }
    throw source.error(
        "its config.json names no architecture under 'architectures'; it may be an adapter or part"
            + " of a pipeline, not a model");
  }
}
