package io.quire.tools.emulate;

import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The program that executes code objects; {@code src/test/emulator/bridge.py} has its protocol. */
final class Emulator implements AutoCloseable {
  /** What the reader puts behind the last answer. */
  private static final String END = "";

  private static final long CLOSE_SECONDS = 5;

  private final Process process;
  private final BufferedWriter requests;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final long limitSeconds;
  private boolean lost;

  /**
   * Starts it.
   *
   * @param command program and arguments
   * @param limitSeconds how long an answer may take
   */
  Emulator(List<String> command, long limitSeconds) throws IOException {
    this.limitSeconds = limitSeconds;
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    requests = process.outputWriter(StandardCharsets.UTF_8);
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().name("emulator-answers").start(() -> read(reader));
  }

  private void read(BufferedReader reader) {
    try {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        answers.add(line);
      }
    } catch (IOException ended) {
      // as if it had ended
    } finally {
      answers.add(END);
    }
  }

  /**
   * Asks for something and waits for it.
   *
   * @param request a line
   * @return the value of the answer
   * @throws DeviceException if the emulator cannot do it
   * @throws LostDeviceException if it has ended or takes too long
   */
  String ask(String request) {
    if (lost) {
      throw new LostDeviceException("the emulator is used after its end");
    }
    try {
      requests.write(request + "\n");
      requests.flush();
      String answer = answers.poll(limitSeconds, TimeUnit.SECONDS);
      if (answer == null) {
        throw lost("it was ended after " + limitSeconds + " s without an answer");
      }
      if (answer.startsWith("ok ")) {
        return answer.substring("ok ".length());
      }
      if (answer.startsWith("error ")) {
        throw new DeviceException("the emulator says " + answer.substring("error ".length()));
      }
      throw lost(answer.equals(END) ? "it ended (" + status() + ")" : "it answered " + answer);
    } catch (IOException e) {
      throw lost(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw lost("the wait for it was interrupted");
    }
  }

  private String status() throws InterruptedException {
    return process.waitFor(CLOSE_SECONDS, TimeUnit.SECONDS)
        ? "status " + process.exitValue()
        : "still running";
  }

  private LostDeviceException lost(String reason) {
    lost = true;
    process.destroyForcibly();
    return new LostDeviceException("emulator: " + reason);
  }

  boolean isLost() {
    return lost;
  }

  @Override
  public void close() {
    lost = true;
    try {
      requests.close();
      if (!process.waitFor(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException ended) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
