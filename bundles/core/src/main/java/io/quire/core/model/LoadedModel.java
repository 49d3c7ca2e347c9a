package io.quire.core.model;

import io.quire.api.engine.ModelInfo;
import io.quire.api.model.ModelFamily;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.WeightsFormat;
import io.quire.api.text.ChatTemplate;
import io.quire.api.text.ChatTemplateException;
import io.quire.api.text.ChatTemplateFactory;
import io.quire.api.text.Tokenizer;
import io.quire.api.text.Tokenizer.ChatTemplateSource;
import io.quire.api.text.TokenizerFactory;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An opened model, described and with its tokenizer.
 *
 * @param file the opened file, this record's to close
 * @param graph its forward pass
 * @param tokenizer its tokenizer
 */
record LoadedModel(ModelFile file, ModelGraph graph, Tokenizer tokenizer) {
  private static final Logger LOG = System.getLogger(LoadedModel.class.getName());

  /** A service that a model needs is not there yet. */
  static final class MissingServiceException extends Exception {
    private static final long serialVersionUID = 1L;

    MissingServiceException(String what) {
      super(what);
    }
  }

  /**
   * Opens a model.
   *
   * @throws MissingServiceException if nobody can; may change when a service arrives
   * @throws ModelFormatException if the model is broken
   */
  static LoadedModel open(String location, Services services) throws MissingServiceException {
    WeightsFormat format =
        services.formats.services().stream()
            .filter(f -> f.accepts(location))
            .findFirst()
            .orElseThrow(() ->
                new MissingServiceException(
                    "no format opens " + location + "; there are " + formats(services)));
    ModelFile file = format.open(location);
    try {
      return describe(file, services);
    } catch (RuntimeException | MissingServiceException e) {
      file.close();
      throw e;
    }
  }

  private static String formats(Services services) {
    return services.formats.services().stream().map(WeightsFormat::name).toList().toString();
  }

  private static LoadedModel describe(ModelFile file, Services services)
      throws MissingServiceException {
    List<ModelFamily> families = services.families.services();
    ModelFamily family =
        families.stream()
            .filter(f -> f.supports(file.config()))
            .findFirst()
            .orElseThrow(() ->
                new MissingServiceException(
                    "no model family knows the architecture of "
                        + file.location()
                        + "; there are "
                        + families.stream().map(ModelFamily::name).toList()));
    TokenizerFactory factory =
        services.tokenizers.services().stream()
            .filter(t -> t.supports(file))
            .findFirst()
            .orElseThrow(
                () -> new MissingServiceException("no tokenizer is there for " + file.location()));
    return new LoadedModel(file, family.graph(file.config()), factory.create(file));
  }

  ModelInfo info(String name, int maxModelLength) {
    return new ModelInfo(
        name,
        file.location(),
        graph.architecture(),
        maxModelLength,
        graph.vocabularySize(),
        file.bytes(),
        Instant.now());
  }

  /**
   * Compiles its chat template. A broken one is no reason not to serve the model.
   *
   * @param name the template's name, empty for the default
   * @param factory compiles it
   * @return the template, if it has one that compiles
   */
  Optional<ChatTemplate> chatTemplate(String name, ChatTemplateFactory factory) {
    Optional<ChatTemplateSource> source =
        tokenizer.chatTemplates().stream()
            .filter(t -> name.isEmpty() || t.name().equals(name))
            .findFirst();
    if (source.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(factory.compile(source.get().source(), tokenizer));
    } catch (ChatTemplateException e) {
      LOG.log(
          Level.WARNING,
          "the chat template {0} of {1} is broken, chat is off: {2}",
          source.get().name(),
          file.location(),
          e.getMessage());
      return Optional.empty();
    }
  }
}
