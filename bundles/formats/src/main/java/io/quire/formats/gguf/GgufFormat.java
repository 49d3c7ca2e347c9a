package io.quire.formats.gguf;

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
import java.util.Locale;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Opens single GGUF files, memory-mapped. */
@Component(service = WeightsFormat.class)
public final class GgufFormat implements WeightsFormat {
  /** Used by Declarative Services. */
  @Activate
  public GgufFormat() {}

  @Override
  public String name() {
    return "gguf";
  }

  @Override
  public boolean accepts(String location) {
    return Locations.path(location).filter(GgufFormat::looksLikeGguf).isPresent();
  }

  @Override
  public ModelFile open(String location) {
    Source source = new Source(location);
    Path path =
        Locations.path(location).orElseThrow(() -> source.error("is no path; name a .gguf file"));
    ModelMemory memory = new ModelMemory();
    return memory.keepIfOpened(() -> open(source, memory.map(path), memory));
  }

  private static ModelFile open(Source source, MemorySegment file, ModelMemory memory) {
    GgufHead head = GgufParser.parse(source, file);
    requireWhole(source, head);
    Map<String, Tensor> tensors = LinkedHashMap.newLinkedHashMap(head.tensors().size());
    for (GgufHead.Entry entry : head.tensors()) {
      MemorySegment data = file.asSlice(entry.offset(), entry.bytes());
      tensors.put(entry.name(), new Tensor(entry.name(), entry.dtype(), entry.shape(), data));
    }
    TensorTable weights = new TensorTable(source.name(), tensors);
    ModelConfig config =
        new ModelConfig(Naming.GGUF, architecture(source, head), head.metadata(), tensors.keySet());
    return new OpenModel(source.name(), config, weights, Map.of(), weights.bytes(), memory::close);
  }

  private static String architecture(Source source, GgufHead head) {
    if (head.metadata().get("general.architecture") instanceof String name) {
      return name;
    }
    throw source.error(
        "metadata general.architecture is missing or no text; it may be an adapter or a file of"
            + " another tool, not a model");
  }

  private static void requireWhole(Source source, GgufHead head) {
    if (head.metadata().get("split.count") instanceof Long parts && parts > 1) {
      throw source.error(
          "is one of " + parts + " parts; join them first with: llama-gguf-split --merge");
    }
  }

  private static boolean looksLikeGguf(Path path) {
    Path file = path.getFileName();
    return file != null && file.toString().toLowerCase(Locale.ROOT).endsWith(".gguf")
        ? !Files.isDirectory(path)
        : Locations.beginsWith(path, GgufParser.MAGIC);
  }
}
