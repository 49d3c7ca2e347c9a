package io.quire.worker.control;

import io.quire.api.device.DeviceInfo;
import io.quire.api.device.KvLayout;
import io.quire.api.device.PlanOptions;
import io.quire.api.kernel.KernelHeader;
import io.quire.api.model.ModelGraph;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * What parent and child say over the control channel: whatever happens beside steps. In each
 * direction messages are taken in the order in which they were sent.
 */
public sealed interface Message extends Serializable {
  /** What the parent wants of a plan; answered by one {@link Reply} with the same number. */
  sealed interface Request extends Message {
    /** {@return a number that no other request of this channel has} */
    long call();
  }

  /** The end of a request. */
  sealed interface Reply extends Message {
    /** {@return the request's number} */
    long call();
  }

  // From the parent

  /**
   * What the child is; the first message.
   *
   * @param backend symbolic name of the bundle whose device it serves
   * @param device the device's id; empty for the first that is found
   * @param framework properties of its framework
   * @param bundles locations of the bundles to install, the backend's among them
   * @param configurations properties by PID, or by {@code FACTORY~NAME}
   * @param spinMicros how long a thread looks for a step before it sleeps
   */
  record Begin(
      String backend,
      String device,
      Map<String, String> framework,
      List<String> bundles,
      Map<String, Map<String, Object>> configurations,
      int spinMicros)
      implements Message {
    /** Copies the collections. */
    public Begin {
      framework = Map.copyOf(framework);
      bundles = List.copyOf(bundles);
      configurations = Map.copyOf(configurations);
    }
  }

  /**
   * A kernel source is there.
   *
   * @param id the parent's number for it
   * @param header its header
   * @param text its text
   * @param origin where it came from
   * @param ranking what it competes with
   */
  record KernelArrived(long id, KernelHeader header, String text, String origin, int ranking)
      implements Message {}

  /**
   * A kernel source competes with another ranking.
   *
   * @param id its number
   * @param ranking the ranking
   */
  record KernelRanked(long id, int ranking) implements Message {}

  /**
   * A kernel source has left.
   *
   * @param id its number
   */
  record KernelLeft(long id) implements Message {}

  /**
   * Prepares a plan.
   *
   * @param call the request's number, and the plan's from then on
   * @param graph the model
   * @param location where its weights are opened
   * @param options the plan's sizes
   * @param ring file of the plan's ring
   */
  record Prepare(long call, ModelGraph graph, String location, PlanOptions options, String ring)
      implements Request {}

  /**
   * Asks for the memory that a KV cache could have; answered by {@link Done}.
   *
   * @param call the request's number
   * @param plan the plan
   */
  record KvMemory(long call, long plan) implements Request {}

  /**
   * Allocates the KV cache; from then on the ring is served.
   *
   * @param call the request's number
   * @param plan the plan
   * @param blocks how many
   */
  record AllocateKv(long call, long plan, int blocks) implements Request {}

  /**
   * Ends a plan after its steps in flight.
   *
   * @param call the request's number
   * @param plan the plan
   */
  record ClosePlan(long call, long plan) implements Request {}

  /** Asks whether the child still answers. */
  record Ping() implements Message {}

  /** The child ends. */
  record Stop() implements Message {}

  // From the child

  /** Answers {@link Ping}. */
  record Pong() implements Message {}

  /**
   * A device was found; the first one is the one that the child serves.
   *
   * @param info what it says of itself
   * @param properties its service's properties, plain values
   */
  record DeviceFound(DeviceInfo info, Map<String, Object> properties) implements Message {
    /** Copies the map. */
    public DeviceFound {
      properties = Map.copyOf(properties);
    }
  }

  /**
   * A device has left.
   *
   * @param id its {@link DeviceInfo#id()}
   */
  record DeviceLeft(String id) implements Message {}

  /**
   * A kernel source was refused for a device.
   *
   * @param id the source's number
   * @param device the device's id
   * @param reason why
   */
  record KernelRefused(long id, String device, String reason) implements Message {}

  /**
   * How far a request is.
   *
   * @param call the request's number
   * @param stage what is being done
   * @param done units done
   * @param total units in all, 0 if unknown
   */
  record Progress(long call, String stage, long done, long total) implements Message {}

  /**
   * A plan is prepared.
   *
   * @param call the request's number
   * @param layout the layout of its KV cache
   */
  record Prepared(long call, KvLayout layout) implements Reply {}

  /**
   * A request is done.
   *
   * @param call the request's number
   * @param value what was asked for, 0 if nothing was
   */
  record Done(long call, long value) implements Reply {}

  /**
   * A request has failed.
   *
   * @param call the request's number
   * @param lost whether the device is lost; else it has refused and is sound
   * @param reason the error's message
   */
  record Failed(long call, boolean lost, String reason) implements Reply {}
}
