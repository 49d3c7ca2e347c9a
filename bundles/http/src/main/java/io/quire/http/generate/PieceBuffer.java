package io.quire.http.generate;

import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Between the engine's output thread, which must never wait, and a client that may read slowly.
 * What a choice produces while nobody fetches it is joined to one piece; if that grows beyond the
 * limit the buffer overflows, which ends the stream.
 */
final class PieceBuffer {
  /**
   * Most pending bytes of a choice: two for each character and four for each token. The scores of
   * its tokens, at most 21 numbers each, come on top and are bounded with the tokens.
   */
  static final int LIMIT_BYTES = 64 << 10;

  /** What a token costs beyond its text, so that tokens without text are bounded too. */
  private static final int TOKEN_BYTES = 4;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final int choicesEach;
  private final Runnable onOverflow;
  private List<Piece> pieces = new ArrayList<>();
  private final Map<Integer, Piece.Growth> growing = new HashMap<>();
  private final Map<Integer, Integer> pendingBytes = new HashMap<>();
  private boolean closed;

  PieceBuffer(int choicesEach, Runnable onOverflow) {
    this.choicesEach = choicesEach;
    this.onOverflow = onOverflow;
  }

  /** {@return the listener for the generation of a prompt} */
  GenerationListener listener(int prompt) {
    return event -> accept(prompt, event);
  }

  private void accept(int prompt, GenerationEvent event) {
    boolean overflow = false;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      overflow = !add(prompt, event);
      closed |= overflow;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (overflow) {
      onOverflow.run();
    }
  }

  private boolean add(int prompt, GenerationEvent event) {
    int first = prompt * choicesEach;
    switch (event) {
      case GenerationEvent.Started e ->
          pieces.add(new Piece.Begin(prompt, e.promptTokens(), e.promptScores()));
      case GenerationEvent.Delta e -> {
        return grow(first + e.choice(), e);
      }
      case GenerationEvent.Finished e -> {
        growing.remove(first + e.choice());
        pieces.add(new Piece.End(first + e.choice(), e.reason(), e.stop()));
      }
      case GenerationEvent.Completed e -> pieces.add(new Piece.Complete(e.usage()));
      case GenerationEvent.Failed e -> pieces.add(new Piece.Fail(e.error()));
    }
    return true;
  }

  private boolean grow(int choice, GenerationEvent.Delta delta) {
    int bytes = 2 * delta.text().length() + TOKEN_BYTES * delta.tokens().length;
    if (pendingBytes.merge(choice, bytes, Integer::sum) > LIMIT_BYTES) {
      pieces.clear();
      growing.clear();
      return false;
    }
    growing
        .computeIfAbsent(
            choice,
            c -> {
              Piece.Growth growth = new Piece.Growth(c);
              pieces.add(growth);
              return growth;
            })
        .add(delta.text(), delta.tokens(), delta.scores());
    return true;
  }

  /**
   * Takes all there is.
   *
   * @param patience how long to wait for something
   * @return what there is, in order; empty if nothing came
   * @throws InterruptedException if interrupted
   */
  List<Piece> take(Duration patience) throws InterruptedException {
    lock.lock();
    try {
      long left = patience.toNanos();
      while (pieces.isEmpty() && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      List<Piece> taken = pieces;
      pieces = new ArrayList<>();
      growing.clear();
      pendingBytes.clear();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the waiting; what comes from now on is dropped. */
  void close() {
    lock.lock();
    try {
      closed = true;
      pieces.clear();
      growing.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }
}
