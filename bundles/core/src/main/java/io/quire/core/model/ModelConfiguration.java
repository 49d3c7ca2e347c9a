package io.quire.core.model;

import java.time.Duration;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The configuration of a served model. Names are those of {@code vllm serve} where it has them. */
@ObjectClassDefinition(
    name = "Quire: served model",
    description = "Serves a model under a name. Deleting the configuration ends it.")
@interface ModelConfiguration {
  @AttributeDefinition(description = "The name that clients use")
  String name();

  @AttributeDefinition(description = "A path, or a name with a scheme such as random:llama-1b")
  String location();

  @AttributeDefinition(
      description =
          "LDAP filter over the properties of devices; empty for any: a GPU, or else the CPU")
  String device_filter() default "";

  @AttributeDefinition(description = "Most tokens of a sequence; 0 for the model's own limit")
  int max_model_len() default 0;

  @AttributeDefinition(description = "Most sequences in a step")
  int max_num_seqs() default 64;

  @AttributeDefinition(description = "Most tokens in a step")
  int max_num_batched_tokens() default 512;

  @AttributeDefinition(description = "Memory of the KV cache, such as 2g; empty for automatic")
  String kv_memory() default "";

  @AttributeDefinition(
      description =
          "Of a GPU's own memory the share that weights, working memory and KV cache may take together, above 0 to 1")
  double gpu_memory_utilization() default 0.9;

  @AttributeDefinition(description = "Whether equal prefixes of prompts are computed once")
  boolean prefix_caching() default true;

  @AttributeDefinition(description = "Mixed into the names of cached blocks")
  String cache_salt() default "";

  @AttributeDefinition(description = "Most requests that wait for their first step")
  int max_queue() default 1024;

  @AttributeDefinition(description = "Most devices that it runs on at once")
  int max_lanes() default 1;

  @AttributeDefinition(description = "Seconds that running requests get when the model leaves")
  int drain_seconds() default 30;

  @AttributeDefinition(description = "Seconds after which a step counts as hanging")
  int watchdog_seconds() default 60;

  @AttributeDefinition(description = "Seconds that requests wait while there is no device")
  int device_wait_seconds() default 60;

  @AttributeDefinition(
      description = "Whether a step is submitted before the tokens of the last one are known")
  boolean async_scheduling() default true;

  @AttributeDefinition(description = "Name of the model's chat template; empty for its default")
  String chat_template() default "";

  @AttributeDefinition(description = "LDAP filter of the scheduler")
  String scheduler_target() default "(policy=fcfs)";

  @AttributeDefinition(description = "LDAP filter of the block manager")
  String blocks_target() default "(policy=paged)";

  /** Reads a configuration. */
  final class Reader {
    private Reader() {}

    /**
     * Reads and checks it.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    static ModelSettings read(ModelConfiguration c) {
      require(c.name() != null && !c.name().isBlank(), "name is empty");
      require(c.location() != null && !c.location().isBlank(), "location is empty");
      range("max.model.len", c.max_model_len(), 0, 1 << 24);
      range("max.num.seqs", c.max_num_seqs(), 1, 1 << 14);
      range("max.num.batched.tokens", c.max_num_batched_tokens(), 1, 1 << 17);
      range("max.queue", c.max_queue(), 1, 1 << 20);
      range("max.lanes", c.max_lanes(), 1, 1024);
      range("drain.seconds", c.drain_seconds(), 0, 86_400);
      range("watchdog.seconds", c.watchdog_seconds(), 1, 86_400);
      range("device.wait.seconds", c.device_wait_seconds(), 0, 86_400);
      require(
          c.gpu_memory_utilization() > 0 && c.gpu_memory_utilization() <= 1,
          "gpu.memory.utilization is "
              + c.gpu_memory_utilization()
              + " but must be above 0 and at most 1");
      return new ModelSettings(
          c.name(),
          c.location(),
          c.device_filter(),
          c.max_model_len(),
          c.max_num_seqs(),
          c.max_num_batched_tokens(),
          KvSize.parse(c.kv_memory()),
          c.gpu_memory_utilization(),
          c.prefix_caching(),
          c.cache_salt(),
          c.max_queue(),
          c.max_lanes(),
          Duration.ofSeconds(c.drain_seconds()),
          Duration.ofSeconds(c.watchdog_seconds()),
          Duration.ofSeconds(c.device_wait_seconds()),
          c.async_scheduling(),
          c.chat_template());
    }

    private static void range(String name, int value, int least, int most) {
      require(
          value >= least && value <= most,
          name + " is " + value + " but must be between " + least + " and " + most);
    }

    private static void require(boolean condition, String message) {
      if (!condition) {
        throw new IllegalArgumentException(message + "; the model is not served");
      }
    }
  }
}
