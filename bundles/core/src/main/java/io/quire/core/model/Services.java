package io.quire.core.model;

import io.quire.api.cache.BlockManager;
import io.quire.api.device.Device;
import io.quire.api.model.ModelFamily;
import io.quire.api.model.WeightsFormat;
import io.quire.api.schedule.Scheduler;
import io.quire.api.text.ChatTemplateFactory;
import io.quire.api.text.TokenizerFactory;
import io.quire.core.engine.Lease;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** What a model needs from others, as far as it is there. Safe for use by several threads. */
final class Services {
  final Ranked<WeightsFormat> formats = new Ranked<>();
  final Ranked<ModelFamily> families = new Ranked<>();
  final Ranked<TokenizerFactory> tokenizers = new Ranked<>();
  final Ranked<ChatTemplateFactory> templates = new Ranked<>();
  final Ranked<Device> devices = new Ranked<>();

  /** Where schedulers come from; holds null while there is none. */
  final AtomicReference<Supplier<Lease<Scheduler>>> schedulers = new AtomicReference<>();

  /** Where block managers come from; holds null while there is none. */
  final AtomicReference<Supplier<Lease<BlockManager>>> blockManagers = new AtomicReference<>();
}
