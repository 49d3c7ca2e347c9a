package io.quire.worker.control;

import io.quire.worker.SuppressForbidden;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputFilter.Status;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Messages over a socket, each a length and a stream of its own. Any thread may send, one receives.
 *
 * <p>The other side is trusted only so far: it is a process of ours, but one whose native code may
 * have overwritten anything. A filter lets in classes of the contract, texts, numbers and the JDK's
 * plain collections, and of them no more than a large model needs.
 */
@SuppressForbidden("two processes of one build, through a filter; nothing is stored or kept")
public final class Channel implements AutoCloseable {
  /** Most bytes of a message. A kernel has a megabyte at most, a model's graph far less. */
  static final int MAX_BYTES = 1 << 26;

  /** Classes that may come; {@code !*} refuses everything else. */
  private static final ObjectInputFilter FILTER =
      ObjectInputFilter.Config.createFilter(
          String.join(
              ";",
              "maxdepth=64",
              "maxrefs=2000000",
              "maxarray=1000000",
              "io.quire.worker.control.*",
              "io.quire.api.device.*",
              "io.quire.api.model.*",
              "io.quire.api.kernel.*",
              "java.lang.String",
              "java.lang.Number",
              "java.lang.Integer",
              "java.lang.Long",
              "java.lang.Short",
              "java.lang.Byte",
              "java.lang.Float",
              "java.lang.Double",
              "java.lang.Boolean",
              "java.lang.Character",
              "java.lang.Enum",
              "java.lang.Record",
              "java.lang.Object",
              "java.util.CollSer",
              "java.util.ImmutableCollections$*",
              "java.util.Collections$UnmodifiableMap",
              "java.util.HashMap",
              "java.util.LinkedHashMap",
              "java.util.Map$Entry",
              "!*"));

  private final SocketChannel socket;
  private final DataInputStream in;
  private final OutputStream out;
  private final ReentrantLock sending = new ReentrantLock();

  /**
   * Takes a socket.
   *
   * @param socket connected, blocking; closed with this
   */
  public Channel(SocketChannel socket) {
    this.socket = socket;
    in = new DataInputStream(Channels.newInputStream(socket));
    out = Channels.newOutputStream(socket);
  }

  /**
   * Sends a message.
   *
   * @param message the message
   * @throws IOException if the other side is gone
   */
  public void send(Message message) throws IOException {
    byte[] bytes = bytes(message);
    sending.lock();
    try {
      out.write(bytes);
    } finally {
      sending.unlock();
    }
  }

  /**
   * Sends a message unless another one is on its way, which may take long where nobody reads.
   *
   * @param message the message
   * @throws IOException if the other side is gone
   */
  public void sendIfFree(Message message) throws IOException {
    if (sending.tryLock()) {
      try {
        out.write(bytes(message));
      } finally {
        sending.unlock();
      }
    }
  }

  private static byte[] bytes(Message message) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(bytes);
    data.writeInt(0);
    try (ObjectOutputStream objects = new ObjectOutputStream(bytes)) {
      objects.writeObject(message);
    }
    byte[] all = bytes.toByteArray();
    int length = all.length - Integer.BYTES;
    if (length > MAX_BYTES) {
      throw new IOException(tooLong(length));
    }
    for (int i = 0; i < Integer.BYTES; i++) {
      all[i] = (byte) (length >>> 24 - 8 * i);
    }
    return all;
  }

  private static String tooLong(int length) {
    return "a message to or from a worker process has "
        + length
        + " bytes but must have 1 to "
        + MAX_BYTES;
  }

  /**
   * Waits for a message.
   *
   * @return the message
   * @throws EOFException if the other side is gone
   * @throws IOException if it sends what it must not
   */
  public Message receive() throws IOException {
    int length = in.readInt();
    if (length < 1 || length > MAX_BYTES) {
      throw new IOException(tooLong(length));
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the other side went away in the middle of a message");
    }
    AtomicReference<String> refused = new AtomicReference<>("");
    try (ObjectInputStream objects = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      objects.setObjectInputFilter(info -> check(info, refused));
      if (objects.readObject() instanceof Message message) {
        return message;
      }
      throw new IOException("a message was due, but another object came");
    } catch (InvalidClassException e) {
      throw new IOException("a message holds what none may hold: " + refused, e);
    } catch (ClassNotFoundException | RuntimeException e) {
      throw new IOException("a message cannot be read: " + e, e);
    }
  }

  private static Status check(ObjectInputFilter.FilterInfo info, AtomicReference<String> refused) {
    Status status = FILTER.checkInput(info);
    if (status == Status.REJECTED) {
      refused.set(
          info.serialClass() == null
              ? "more than " + info.references() + " objects, " + info.depth() + " deep"
              : info.serialClass() + ", " + info.arrayLength() + " long");
    }
    return status;
  }

  /** Ends it; the other side sees the end. */
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
