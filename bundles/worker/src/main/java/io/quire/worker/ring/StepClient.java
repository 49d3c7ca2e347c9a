package io.quire.worker.ring;

import io.quire.api.device.BatchCheck;
import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Hands steps to a ring and takes their outputs; the parent's side of a plan. One thread submits
 * and awaits, another one may close.
 */
public final class StepClient {
  /** A waiting thread looks around this often: for an interrupt, and for the child's death. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Ring ring;
  private final Loss loss;
  private final BatchCheck check;
  private final BatchWriter writer;
  private final Outputs outputs;
  private final StepOutput[] results = new StepOutput[RingLayout.FRAMES];
  private final RemoteStep[] latest = new RemoteStep[RingLayout.FRAMES];
  private int submitted;
  private int epoch;
  private int previousRows;
  private int blocks;
  private boolean closed;

  /**
   * Begins with a new ring.
   *
   * @param ring the parent's side of it
   * @param options the plan's sizes
   * @param vocabulary token ids are below it
   * @param loss whether the child is lost
   */
  public StepClient(Ring ring, PlanOptions options, int vocabulary, Loss loss) {
    this.ring = ring;
    this.loss = loss;
    check = new BatchCheck(options, vocabulary);
    writer = new BatchWriter(ring, loss);
    outputs = new Outputs(ring);
    submitted = ring.ended.value();
    for (int i = 0; i < results.length; i++) {
      results[i] = new StepOutput(options);
      latest[i] = new RemoteStep(-1, 0, results[i]);
      latest[i].state = State.DONE;
    }
  }

  /**
   * The KV cache is there.
   *
   * @param blocks how many it has
   */
  public void useBlocks(int blocks) {
    this.blocks = blocks;
  }

  /**
   * Submits a step.
   *
   * @param batch copied before this returns
   * @return the step
   * @throws DeviceException if a number is out of range, or two steps are in flight
   * @throws LostDeviceException if the child is lost or the ring closed
   */
  public synchronized StepFuture submit(StepBatch batch) {
    requireOpen();
    int turn = Math.floorMod(submitted, RingLayout.FRAMES);
    if (!latest[turn].isDone()) {
      throw new DeviceException(
          "a third step was submitted while two are in flight. Await the first one before.");
    }
    latest[turn].collect();
    // The child would refuse it too, but only after the caller has gone on.
    check.check(batch, previousRows, blocks);
    writer.write(batch, epoch);
    RemoteStep step = new RemoteStep(submitted++, batch.rows(), results[turn]);
    latest[turn] = step;
    previousRows = batch.rows();
    return step;
  }

  private void requireOpen() {
    loss.check();
    if (closed) {
      throw new LostDeviceException("the plan is closed");
    }
  }

  /** Takes the outputs of steps that have ended; then the ring is not touched any more. */
  public synchronized void close() {
    if (!closed) {
      for (RemoteStep step : latest) {
        if (!step.collect() && step.state == State.PENDING) {
          step.fail(State.LOST, "the plan was closed before the step ended");
        }
      }
      closed = true;
    }
  }

  /** The child is lost: who waits for it may look. */
  public synchronized void wake() {
    if (!closed) {
      ring.wakeOwn();
    }
  }

  private enum State {
    PENDING,
    DONE,
    REFUSED,
    LOST
  }

  /** A step that the child has, or has ended. */
  private final class RemoteStep implements StepFuture {
    private final int number;
    private final int rows;
    private final StepOutput output;
    private volatile State state = State.PENDING;
    private String message = "";

    RemoteStep(int number, int rows, StepOutput output) {
      this.number = number;
      this.rows = rows;
      this.output = output;
    }

    @Override
    public boolean isDone() {
      return state != State.PENDING || loss.isLost() || ring.ended.passed(number);
    }

    @Override
    public StepOutput await(long nanos) throws TimeoutException, InterruptedException {
      long begin = System.nanoTime();
      while (true) {
        if (Thread.interrupted()) {
          throw new InterruptedException("interrupted while a step was awaited");
        }
        loss.check();
        if (collect()) {
          return result();
        }
        long left = nanos - (System.nanoTime() - begin);
        if (left <= 0) {
          throw new TimeoutException(
              "the step has not ended within " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms");
        }
        ring.ended.await(number, Math.min(left, LOOK_NANOS));
      }
    }

    private StepOutput result() {
      return switch (state) {
        case DONE -> output;
        case REFUSED -> throw new DeviceException(message);
        default -> {
          loss.check();
          throw new LostDeviceException(message);
        }
      };
    }

    /** Copies the step's output if it has ended; whether it has. */
    private boolean collect() {
      synchronized (StepClient.this) {
        if (state != State.PENDING) {
          return true;
        }
        if (closed || !ring.ended.passed(number)) {
          return false;
        }
        switch (outputs.status(number)) {
          case Outputs.DONE -> {
            outputs.read(number, rows, output);
            state = State.DONE;
          }
          case Outputs.REFUSED -> {
            // What is submitted from now on is submitted in the knowledge of this.
            epoch++;
            fail(State.REFUSED, outputs.message(number));
          }
          default -> {
            fail(State.LOST, outputs.message(number));
            loss.lose(message);
          }
        }
        return true;
      }
    }

    private void fail(State how, String why) {
      message = why;
      state = how;
    }
  }
}
