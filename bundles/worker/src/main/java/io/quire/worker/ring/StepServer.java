package io.quire.worker.ring;

import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs the steps of a ring on a plan; the child's side. One thread submits and awaits, as a plan
 * wants it. While two steps are in flight it waits for the older one; while there is one it must
 * see both its end and the next step, and waits for what came last time.
 *
 * <p>A refused step has changed nothing, but those that the parent submitted before it knew may
 * count on it. They carry the same epoch, and are refused too.
 */
public final class StepServer {
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long ALONE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /**
   * How long the next step is looked for before the end of the one that runs, in all a millisecond.
   */
  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private static final int LOOKS = 20;

  private final Plan plan;
  private final Ring ring;
  private final BatchReader reader;
  private final Outputs outputs;
  private final Flight[] flights = new Flight[RingLayout.FRAMES];
  private volatile boolean closing;
  private String loss = "";
  private int refusedEpoch = -1;
  private int taken;
  private int ended;
  private int beats;
  private int looks;
  private boolean follows;

  /**
   * A step in flight: the future of one that runs, or the status and message of one that does not.
   */
  private static final class Flight {
    final StepBatch batch;
    StepFuture future;
    int status;
    String message = "";

    Flight(PlanOptions options) {
      batch = new StepBatch(options);
    }

    void fail(int how, String why) {
      status = how;
      message = why;
    }
  }

  /**
   * Takes a plan that has its KV cache.
   *
   * @param plan runs the steps
   * @param options its sizes
   * @param ring where steps come from
   */
  public StepServer(Plan plan, PlanOptions options, Ring ring) {
    this.plan = plan;
    this.ring = ring;
    reader = new BatchReader(ring);
    outputs = new Outputs(ring);
    taken = ring.ended.value();
    ended = taken;
    for (int i = 0; i < flights.length; i++) {
      flights[i] = new Flight(options);
    }
  }

  /** Runs steps until {@link #close}, and those that were submitted before. */
  public void run() {
    while (!closing || reader.ready() || inFlight() > 0) {
      ring.beat(++beats);
      if (inFlight() == flights.length) {
        finish(IDLE_NANOS);
      } else if (reader.ready()) {
        take();
      } else if (inFlight() == 0) {
        reader.await(IDLE_NANOS);
      } else {
        awaitEither();
      }
    }
  }

  /** Lets {@link #run} return. */
  public void close() {
    closing = true;
    ring.wakeOwn();
  }

  private int inFlight() {
    return taken - ended;
  }

  private void take() {
    Flight flight = flights[Math.floorMod(taken, flights.length)];
    follows |= inFlight() > 0;
    looks = 0;
    taken++;
    flight.status = Outputs.DONE;
    try {
      reader.read(flight.batch);
      if (!loss.isEmpty()) {
        flight.fail(Outputs.LOST, loss);
      } else if (reader.epoch() == refusedEpoch) {
        flight.fail(Outputs.REFUSED, "the step was not run, since one before it was refused");
      } else {
        flight.future = plan.submit(flight.batch);
      }
    } catch (DeviceException e) {
      refusedEpoch = reader.epoch();
      flight.fail(Outputs.REFUSED, text(e));
    } catch (RuntimeException | Error e) {
      lose(flight, e);
    }
  }

  /** The next step may come, or the one in flight end. */
  private void awaitEither() {
    Flight oldest = flights[Math.floorMod(ended, flights.length)];
    if (oldest.status != Outputs.DONE || oldest.future.isDone()) {
      finish(IDLE_NANOS);
    } else if (follows && looks < LOOKS) {
      looks++;
      reader.await(LOOK_NANOS);
    } else {
      finish(ALONE_NANOS);
    }
  }

  /** Ends the oldest step, unless it takes longer than the given time. */
  private void finish(long nanos) {
    Flight oldest = flights[Math.floorMod(ended, flights.length)];
    if (oldest.status == Outputs.DONE) {
      try {
        outputs.write(ended, oldest.future.await(nanos));
      } catch (TimeoutException | InterruptedException e) {
        return; // It is looked at again after the next heartbeat.
      } catch (DeviceException e) {
        oldest.fail(Outputs.REFUSED, text(e));
      } catch (RuntimeException | Error e) {
        lose(oldest, e);
      }
    }
    if (oldest.status != Outputs.DONE) {
      outputs.writeFailure(ended, oldest.status, oldest.message);
    }
    follows &= inFlight() > 1;
    looks = 0;
    ring.ended.set(++ended);
  }

  private void lose(Flight flight, Throwable cause) {
    if (loss.isEmpty()) {
      loss = cause instanceof LostDeviceException e ? text(e) : "a step failed: " + cause;
    }
    flight.fail(Outputs.LOST, loss);
  }

  private static String text(RuntimeException e) {
    return String.valueOf(e.getMessage());
  }
}
