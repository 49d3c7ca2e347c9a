package io.quire.http.generate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.engine.Engine;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Usage;
import io.quire.http.answer.Chunks;
import io.quire.http.answer.Common;
import io.quire.http.exchange.ApiException;
import io.quire.http.exchange.Exchange;
import io.quire.http.exchange.Json;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Streams an answer as server-sent events, on the request's thread. An error before the first event
 * is answered by its status; a later one is an event, after which the stream ends without {@code
 * [DONE]}.
 */
final class EventStream {
  private static final byte[] HEARTBEAT = ": ping\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final String DONE = "data: [DONE]\n\n";

  private final Exchange exchange;
  private final Chunks chunks;
  private final Duration heartbeat;
  private final List<Usage> usages = new ArrayList<>();

  EventStream(Exchange exchange, Chunks chunks, Duration heartbeat) {
    this.exchange = exchange;
    this.chunks = chunks;
    this.heartbeat = heartbeat;
  }

  /** Runs the generations until all have ended or the client is gone. */
  void run(Engine engine, List<GenerationRequest> requests) throws IOException {
    PieceBuffer buffer =
        new PieceBuffer(
            requests.getFirst().choices(),
            () ->
                exchange.condemn(
                    "the client reads too slowly: more than "
                        + PieceBuffer.LIMIT_BYTES
                        + " bytes of a choice are pending"));
    Batch batch = Batch.submit(engine, requests, buffer::listener);
    exchange.worked();
    exchange.whenGone(() -> {
      batch.cancel();
      buffer.close();
    });
    exchange.beginEvents();
    try {
      copy(buffer, requests.size());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while streaming");
    } finally {
      buffer.close();
      batch.cancel();
    }
  }

  private void copy(PieceBuffer buffer, int generations) throws IOException, InterruptedException {
    while (usages.size() < generations) {
      List<Piece> pieces = buffer.take(heartbeat);
      if (!pieces.isEmpty()) {
        send(pieces, generations);
      } else if (buffer.isClosed()) {
        return;
      } else {
        exchange.write(HEARTBEAT);
      }
    }
  }

  private void send(List<Piece> pieces, int generations) throws IOException {
    StringBuilder events = new StringBuilder();
    for (Piece piece : pieces) {
      if (piece instanceof Piece.Fail(var error)) {
        flush(events);
        throw ApiException.of(error);
      }
      render(piece).forEach(chunk -> append(events, chunk));
    }
    if (usages.size() == generations) {
      chunks.finish(Common.sum(usages)).forEach(chunk -> append(events, chunk));
      events.append(DONE);
    }
    flush(events);
  }

  private void flush(StringBuilder events) throws IOException {
    if (!events.isEmpty()) {
      exchange.write(events.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  private List<ObjectNode> render(Piece piece) {
    return switch (piece) {
      case Piece.Begin(int prompt, int[] tokens, var scores) ->
          chunks.begin(prompt, tokens, scores);
      case Piece.Growth growth ->
          chunks.grow(growth.choice(), growth.text(), growth.tokens(), growth.scores());
      case Piece.End(int choice, var reason, var stop) -> chunks.end(choice, reason, stop);
      case Piece.Complete(Usage usage) -> {
        usages.add(usage);
        yield List.of();
      }
      case Piece.Fail ignored -> List.of();
    };
  }

  private static void append(StringBuilder events, ObjectNode chunk) {
    events.append("data: ").append(Json.text(chunk)).append("\n\n");
  }
}
