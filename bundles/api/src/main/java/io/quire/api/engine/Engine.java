package io.quire.api.engine;

import io.quire.api.text.ChatTemplate;
import io.quire.api.text.Tokenizer;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Service, one per served model: generates text. Safe for use by several threads. */
@ProviderType
public interface Engine {
  /** Service property: {@link ModelInfo#name()}. */
  String MODEL = "model";

  /** The factory PID of served models: a configuration of it is a model being served. */
  String FACTORY_PID = "io.quire.model";

  /**
   * Takes a request in. Tokenises and checks it on the caller's thread; the listener is called from
   * another.
   *
   * @param request what to generate
   * @param listener receives its events
   * @return the generation, running or queued
   * @throws EngineException if it is refused: a value out of range, more tokens than the context or
   *     the cache can ever hold, a full queue, a stopping engine; nothing has been queued then
   */
  Generation submit(GenerationRequest request, GenerationListener listener);

  /**
   * Cancels a request.
   *
   * @param id its id
   * @return whether it was waiting or running
   */
  boolean abort(String id);

  /** {@return the model} */
  ModelInfo info();

  /** {@return its tokenizer} */
  Tokenizer tokenizer();

  /** {@return its chat template, empty for a base model} */
  Optional<ChatTemplate> chatTemplate();

  /** {@return counts and durations} */
  EngineStats stats();

  /** {@return the requests that wait or run, oldest first} */
  List<RequestInfo> requests();

  /** {@return the lanes} */
  List<LaneInfo> lanes();

  /** {@return whether it moves} */
  Health health();

  /**
   * One model prepared on one device.
   *
   * @param device the device's id
   * @param state {@code preparing}, {@code ready}, {@code draining} or {@code lost}
   * @param scheduler policy of its scheduler
   * @param blocks blocks of its KV cache
   * @param freeBlocks blocks without a reference
   * @param steps steps completed
   */
  record LaneInfo(
      String device, String state, String scheduler, int blocks, int freeBlocks, long steps) {}
}
