package io.quire.shell.socket;

import io.quire.shell.client.Protocol;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.WritableByteChannel;

/** Sends what is written as frames of one type. */
final class FrameOutput extends OutputStream {
  private final WritableByteChannel client;
  private final byte type;
  private final Runnable lost;

  /**
   * Creates one.
   *
   * @param client the client; frames of several outputs do not mix
   * @param type the type of the frames
   * @param lost told that the client is gone, as those who print do not notice
   */
  FrameOutput(WritableByteChannel client, byte type, Runnable lost) {
    this.client = client;
    this.type = type;
    this.lost = lost;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      for (int done = 0; done < length; done += Protocol.MAX_FRAME) {
        int chunk = Math.min(Protocol.MAX_FRAME, length - done);
        synchronized (client) {
          Protocol.writeFrame(client, type, bytes, offset + done, chunk);
        }
      }
    } catch (IOException e) {
      lost.run();
      throw e;
    }
  }
}
