package io.quire.launcher;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code quire serve} and {@code quire run} were asked for. Names are those of {@code vllm
 * serve} where it has them.
 *
 * @param model what to serve
 * @param values options by name, without dashes
 */
record ServeOptions(String model, Map<String, String> values) {
  static final String HELP =
      """
      usage: quire serve [MODEL] [OPTIONS]
      MODEL: a catalogue name (default smollm2-135m), a .gguf file, a Hugging Face directory,
             hf:org/repo, or random:llama-1b, random:llama-8b (that shape with random weights)
        --port N                    default 8000
        --host ADDRESS              default 127.0.0.1; any other needs --api-key-file
        --api-key-file FILE         one key a line; clients send Authorization: Bearer KEY
        --served-model-name NAME    the name that clients use
        --device FILTER             LDAP filter over device properties, such as (driver=cpu)
        --max-model-len N           most tokens of a sequence; default: the model's own limit
        --max-num-seqs N            most sequences in a step
        --max-num-batched-tokens N  most tokens in a step
        --kv-memory SIZE            memory of the KV cache, such as 512m or 2g
        --gpu-memory-utilization X  of a GPU's memory the share for weights, working memory and KV
                                    cache together, where --kv-memory is not given; default 0.9
        --scheduling-policy NAME    fcfs (default), priority, or one that a bundle brings
        --no-prefix-caching         compute every prompt whole
        --no-async-scheduling       wait for a step's tokens before the next one is submitted
        --max-queue N               requests that may wait; more are refused with 429
        --threads N                 worker threads of the CPU backend
        --etc DIR                   configuration files (*.cfg), watched; default $QUIRE_HOME/etc
        --deploy DIR                bundles, kernels (.qk) and models (.gguf) that are dropped there
                                    come and go with their files; off unless named. Nobody else
                                    may be able to write there
        --deploy-signers FILE       certificates (PEM, JKS, PKCS12): only what these signed is taken
      """;

  /** Option to key of the model's configuration. */
  private static final Map<String, String> MODEL_KEYS =
      Map.of(
          "device", "device.filter",
          "max-model-len", "max.model.len",
          "max-num-seqs", "max.num.seqs",
          "max-num-batched-tokens", "max.num.batched.tokens",
          "kv-memory", "kv.memory",
          "gpu-memory-utilization", "gpu.memory.utilization",
          "max-queue", "max.queue");

  /** Options without a value, to the key that they set to false. */
  private static final Map<String, String> FLAGS =
      Map.of("no-prefix-caching", "prefix.caching", "no-async-scheduling", "async.scheduling");

  private static final List<String> OTHERS =
      List.of(
          "port",
          "host",
          "api-key-file",
          "served-model-name",
          "scheduling-policy",
          "threads",
          "etc",
          "deploy",
          "deploy-signers");

  static ServeOptions parse(List<String> arguments) {
    String model = "";
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (!argument.startsWith("--")) {
        if (!model.isEmpty()) {
          throw new UsageException("one model at a time: " + model + " or " + argument);
        }
        model = argument;
        continue;
      }
      String name = argument.substring(2);
      if (FLAGS.containsKey(name)) {
        values.put(name, "true");
        continue;
      }
      int equals = name.indexOf('=');
      String value;
      if (equals > 0) {
        value = name.substring(equals + 1);
        name = name.substring(0, equals);
      } else if (i + 1 < arguments.size()) {
        value = arguments.get(++i);
      } else {
        throw new UsageException("option --" + name + " needs a value");
      }
      if (!MODEL_KEYS.containsKey(name) && !OTHERS.contains(name)) {
        throw new UsageException("there is no option --" + name + "\n" + HELP);
      }
      values.put(name, value);
    }
    return new ServeOptions(model.isEmpty() ? Catalogue.DEFAULT : model, Map.copyOf(values))
        .checked();
  }

  String value(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  int port() {
    return number("port", "8000", 0, 65_535);
  }

  String host() {
    return value("host", "127.0.0.1");
  }

  String servedName() {
    return value("served-model-name", ModelLocation.servedName(model));
  }

  /** {@return the model's configuration, for PID {@code io.quire.model}} */
  Map<String, String> modelConfiguration(String location) {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("name", servedName());
    properties.put("location", location);
    MODEL_KEYS.forEach((option, key) -> {
      if (values.containsKey(option)) {
        properties.put(key, values.get(option));
      }
    });
    if (values.containsKey("scheduling-policy")) {
      properties.put("scheduler.target", "(policy=" + values.get("scheduling-policy") + ")");
    }
    FLAGS.forEach((option, key) -> {
      if (values.containsKey(option)) {
        properties.put(key, "false");
      }
    });
    return properties;
  }

  /** Refuses an address that would be open to others without a key, and one that is taken. */
  void checkAddress() throws IOException {
    InetAddress address;
    try {
      address = InetAddress.getByName(host());
    } catch (UnknownHostException e) {
      throw new UsageException("host " + host() + " is unknown; the default is 127.0.0.1");
    }
    if (!address.isLoopbackAddress() && !values.containsKey("api-key-file")) {
      throw new UsageException(
          "host "
              + host()
              + " can be reached from other machines, and no API key is set: anybody could use the model. "
              + "Name a file of keys with --api-key-file, or leave --host out to serve this machine alone");
    }
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(address, port()));
    } catch (IOException e) {
      throw new UsageException(
          "port "
              + port()
              + " of "
              + host()
              + " cannot be used ("
              + e.getMessage()
              + "); choose another with --port");
    }
  }

  private ServeOptions checked() {
    port();
    for (String name :
        List.of(
            "max-model-len", "max-num-seqs", "max-num-batched-tokens", "max-queue", "threads")) {
      number(name, "1", 1, Integer.MAX_VALUE);
    }
    String keys = value("api-key-file", "");
    if (!keys.isEmpty() && !Files.isReadable(Path.of(keys))) {
      throw new UsageException("API key file " + keys + " cannot be read");
    }
    if (!value("kv-memory", "1g").matches("[1-9][0-9]{0,12}[kKmMgG]?")) {
      throw new UsageException(
          "--kv-memory " + value("kv-memory", "") + " is not a size such as 512m or 2g");
    }
    if (!value("gpu-memory-utilization", "0.9").matches("0?\\.0*[1-9][0-9]{0,12}|1(\\.0*)?")) {
      throw new UsageException(
          "--gpu-memory-utilization "
              + value("gpu-memory-utilization", "")
              + " is not above 0 and at most 1, such as 0.9");
    }
    if (!value("scheduling-policy", "fcfs").matches("[A-Za-z0-9._-]+")) {
      throw new UsageException(
          "--scheduling-policy " + value("scheduling-policy", "") + " is not a policy's name");
    }
    return this;
  }

  private int number(String name, String otherwise, int least, int most) {
    String text = value(name, otherwise);
    try {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException expected) {
      // falls through to the one message for both mistakes
    }
    throw new UsageException(
        "--" + name + " " + text + " is not a whole number from " + least + " to " + most);
  }
}
