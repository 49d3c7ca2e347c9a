package io.quire.core.engine;

import io.quire.api.cache.BlockManager;
import io.quire.api.engine.ModelInfo;
import io.quire.api.schedule.Scheduler;
import io.quire.api.text.Tokenizer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What an engine is made of. Plain objects: where they come from is the caller's business.
 *
 * @param model the model
 * @param tokenizer its tokenizer
 * @param options sizes and limits
 * @param schedulers hands each lane a scheduler
 * @param blockManagers hands each lane a block manager
 * @param clock nanoseconds, as {@link System#nanoTime}
 */
public record EngineParts(
    ModelInfo model,
    Tokenizer tokenizer,
    EngineOptions options,
    Supplier<Lease<Scheduler>> schedulers,
    Supplier<Lease<BlockManager>> blockManagers,
    LongSupplier clock) {}
