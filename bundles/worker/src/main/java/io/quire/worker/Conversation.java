package io.quire.worker;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.worker.control.Channel;
import io.quire.worker.control.Message;
import io.quire.worker.ring.Loss;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What the parent says to a child and hears from it: requests with their answers, and the rest. A
 * thread of its own takes what comes. Safe for use by several threads.
 */
final class Conversation {
  private final Channel channel;
  private final Loss loss;
  private final Consumer<Message> listener;
  private final Map<Long, Call> calls = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();

  /** How often something was heard. */
  private final AtomicInteger heard = new AtomicInteger();

  private record Call(CompletableFuture<Message.Reply> reply, Device.Progress progress) {}

  /**
   * Prepares a conversation.
   *
   * @param channel to the child
   * @param loss ends all requests
   * @param listener takes what is no answer
   */
  Conversation(Channel channel, Loss loss, Consumer<Message> listener) {
    this.channel = channel;
    this.loss = loss;
    this.listener = listener;
    loss.happened().thenRun(this::endCalls);
  }

  /**
   * Takes messages until the child is gone.
   *
   * @throws IOException always: how it ended
   */
  void listen() throws IOException {
    while (true) {
      Message message = channel.receive();
      heard.incrementAndGet();
      switch (message) {
        case Message.Reply reply -> find(reply.call()).reply().complete(reply);
        case Message.Progress p -> find(p.call()).progress().report(p.stage(), p.done(), p.total());
        case Message other -> listener.accept(other);
      }
    }
  }

  private Call find(long number) {
    Call call = calls.get(number);
    return call == null ? new Call(new CompletableFuture<>(), (stage, done, total) -> {}) : call;
  }

  private void endCalls() {
    calls.values().forEach(call -> call.reply().cancel(false));
  }

  /** {@return how often something was heard: grows as long as the child answers} */
  int heard() {
    return heard.get();
  }

  /** Asks whether the child still answers. */
  void ping() {
    try {
      channel.sendIfFree(new Message.Ping());
    } catch (IOException expected) {
      // Who listens sees the end, too.
    }
  }

  /**
   * Says something that has no answer.
   *
   * @param message what
   */
  void tell(Message message) {
    try {
      channel.send(message);
    } catch (IOException expected) {
      // Who listens sees the end, too.
    }
  }

  /** {@return a number for a request} */
  long number() {
    return numbers.incrementAndGet();
  }

  /**
   * Asks for something and waits for the answer, as long as the child lives.
   *
   * @param request what
   * @param progress told how far it is
   * @return the answer, never {@link Message.Failed}
   * @throws DeviceException if the device refuses it
   * @throws LostDeviceException if the device or the child is lost
   */
  Message.Reply ask(Message.Request request, Device.Progress progress) {
    return result(begin(request, progress), Long.MAX_VALUE);
  }

  /**
   * Asks for something, and gives up after a while.
   *
   * @param request what
   * @param limit how long to wait
   * @return the answer
   * @throws LostDeviceException if there is none in time: then the device counts as lost
   */
  Message.Reply ask(Message.Request request, Duration limit) {
    return result(begin(request, (stage, done, total) -> {}), limit.toNanos());
  }

  private CompletableFuture<Message.Reply> begin(
      Message.Request request, Device.Progress progress) {
    CompletableFuture<Message.Reply> reply = new CompletableFuture<>();
    calls.put(request.call(), new Call(reply, progress));
    reply.whenComplete((r, e) -> calls.remove(request.call()));
    if (loss.isLost()) {
      reply.cancel(false);
    } else {
      tell(request);
    }
    return reply;
  }

  private Message.Reply result(CompletableFuture<Message.Reply> future, long nanos) {
    Message.Reply reply;
    try {
      reply = future.get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      long seconds = TimeUnit.NANOSECONDS.toSeconds(nanos);
      loss.lose("its worker process has not answered within " + seconds + " s");
      throw lost();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DeviceException("interrupted while a worker process was asked", e);
    } catch (ExecutionException | CancellationException e) {
      throw lost();
    }
    if (reply instanceof Message.Failed failed) {
      if (failed.lost()) {
        loss.lose(failed.reason());
        throw lost();
      }
      throw new DeviceException(failed.reason());
    }
    return reply;
  }

  private LostDeviceException lost() {
    try {
      loss.check();
      return new LostDeviceException("the worker process does not answer");
    } catch (LostDeviceException e) {
      return e;
    }
  }
}
