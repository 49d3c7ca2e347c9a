package io.quire.core.model;

import io.quire.api.cache.BlockManager;
import io.quire.api.device.Device;
import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.engine.Engine;
import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFamily;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Tensor;
import io.quire.api.model.Value;
import io.quire.api.model.Weights;
import io.quire.api.model.WeightsFormat;
import io.quire.api.schedule.Scheduler;
import io.quire.api.text.Tokenizer;
import io.quire.api.text.TokenizerFactory;
import io.quire.core.cache.PagedBlockManager;
import io.quire.core.engine.FakeModel;
import io.quire.core.engine.FakePlan;
import io.quire.core.engine.FakeTokenizer;
import io.quire.core.engine.Lease;
import io.quire.core.schedule.FcfsScheduler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A host with services that tests bring and take. */
final class HostRig implements ModelHost.Registrar {
  final Services services = new Services();
  final ModelStatus status = new ModelStatus("m", "fake:m");
  final ModelHost host;
  volatile Optional<Engine> registered = Optional.empty();
  volatile int openFiles;

  HostRig(String location, int maxModelLen) {
    ModelSettings settings =
        new ModelSettings(
            "m",
            location,
            "",
            maxModelLen,
            8,
            64,
            0,
            0.9,
            true,
            "",
            100,
            1,
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            true,
            "");
    host = new ModelHost(settings, p -> !"other".equals(p.get("vendor")), services, status, this);
  }

  /** Everything but a device is there. */
  static HostRig ready() {
    HostRig rig = new HostRig("fake:m", 0);
    rig.addFormat();
    rig.addFamily();
    rig.addTokenizer(new FakeTokenizer());
    rig.addPolicies();
    return rig;
  }

  /** Looks what can be done now, and does it. */
  void settle() {
    host.poke();
    host.settle();
  }

  void addPolicies() {
    services.schedulers.set(Lease.<Scheduler>of("fcfs", FcfsScheduler::new));
    services.blockManagers.set(Lease.<BlockManager>of("paged", PagedBlockManager::new));
  }

  void addFormat() {
    services.formats.add(
        new WeightsFormat() {
          @Override
          public String name() {
            return "fake";
          }

          @Override
          public boolean accepts(String location) {
            return location.startsWith("fake:");
          }

          @Override
          public ModelFile open(String location) {
            if (location.equals("fake:broken")) {
              throw new ModelFormatException("block 3 is torn");
            }
            openFiles++;
            return new File(location);
          }
        },
        Map.of());
  }

  void addFamily() {
    services.families.add(
        new ModelFamily() {
          @Override
          public String name() {
            return "fakes";
          }

          @Override
          public boolean supports(ModelConfig config) {
            return config.architecture().equals("fake");
          }

          @Override
          public ModelGraph graph(ModelConfig config) {
            Value logits = new Value(0, FakeModel.VOCABULARY, Value.Rows.values()[0]);
            return new ModelGraph(
                "fakes", FakeModel.VOCABULARY, 400, List.of(), 1, List.of(), logits);
          }
        },
        Map.of());
  }

  void addTokenizer(Tokenizer tokenizer) {
    services.tokenizers.add(
        new TokenizerFactory() {
          @Override
          public boolean supports(ModelFile model) {
            return true;
          }

          @Override
          public Tokenizer create(ModelFile model) {
            return tokenizer;
          }
        },
        Map.of());
  }

  FakeDevice addDevice(String id, boolean refuses) {
    FakeDevice device = new FakeDevice(id, refuses);
    services.devices.add(device, Map.of(DeviceInfo.DEVICE, id, DeviceInfo.VENDOR, "fake"));
    return device;
  }

  /** A device with further properties. */
  FakeDevice addDevice(String id, Map<String, Object> properties) {
    FakeDevice device = new FakeDevice(id, false);
    services.devices.add(device, properties);
    return device;
  }

  @Override
  public void register(Engine engine) {
    registered = Optional.of(engine);
  }

  @Override
  public void unregister() {
    registered = Optional.empty();
  }

  /** A device whose plans compute hashes. */
  static final class FakeDevice implements Device {
    volatile FakePlan plan;

    /** Called while a plan is being made. */
    volatile Runnable onPrepare = () -> {};

    volatile long kvMemory = 1 << 20;
    private final String id;
    private final boolean refuses;

    FakeDevice(String id, boolean refuses) {
      this.id = id;
      this.refuses = refuses;
    }

    @Override
    public DeviceInfo info() {
      Map<String, Object> properties = Map.of("memory.shared", true);
      return new DeviceInfo(id, "Fake", "fake", "none", "fake", 1L << 30, 1, properties);
    }

    @Override
    public Plan prepare(ModelGraph graph, Weights weights, PlanOptions options, Progress progress) {
      if (refuses) {
        throw new DeviceException("it has no op of that kind");
      }
      progress.report("weights", 1, 2);
      onPrepare.run();
      plan = new FakePlan(options);
      plan.setKvMemory(kvMemory);
      return plan;
    }
  }

  private final class File implements ModelFile {
    private final String location;

    File(String location) {
      this.location = location;
    }

    @Override
    public String location() {
      return location;
    }

    @Override
    public ModelConfig config() {
      return new ModelConfig(ModelConfig.Naming.GGUF, "fake", Map.of(), Set.of());
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
          throw new ModelFormatException("no tensor " + name);
        }
      };
    }

    @Override
    public Map<String, String> texts() {
      return Map.of();
    }

    @Override
    public long bytes() {
      return 1;
    }

    @Override
    public void close() {
      openFiles--;
    }
  }
}
