package io.quire.worker.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceInfo;
import io.quire.api.device.PlanOptions;
import io.quire.api.kernel.Expression;
import io.quire.api.kernel.KernelHeader;
import io.quire.api.model.AttentionSpec;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.Value;
import io.quire.worker.SuppressForbidden;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ChannelTest {
  @TempDir private Path folder;
  private SocketChannel raw;
  private Channel one;
  private Channel other;

  @BeforeEach
  void connect() throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      raw = SocketChannel.open(address);
      one = new Channel(raw);
      other = new Channel(server.accept());
    }
  }

  @AfterEach
  void close() throws IOException {
    one.close();
    other.close();
  }

  @Test
  void shouldCarryWholeModels() throws IOException {
    ModelGraph.Builder builder = ModelGraph.builder("llama", 100, 64);
    Value x = builder.embed("table", 32, 1);
    Value q =
        builder.rope(x, 2, new RopeSpec(RopeSpec.Style.HALVES, 16, 1e4, new RopeSpec.Linear(2)));
    Value a = builder.attention(q, q, x, new AttentionSpec(2, 2, 16, 0.25f, 0, 0));
    Value g = builder.gated(a, x, Op.Function.SILU);
    ModelGraph graph = builder.build(builder.linear(builder.takeRows(g), "head", 100));
    roundTrip(
        new Message.Prepare(7, graph, "random:x", new PlanOptions(8, 4, 64, 16, 5), "/dev/shm/r"));
  }

  @Test
  void shouldCarryKernelsAndDevices() throws IOException {
    Expression size =
        new Expression.Call(
            Expression.Operator.MULTIPLY,
            List.of(new Expression.Name("N"), new Expression.Constant(4)));
    KernelHeader header =
        new KernelHeader(
            "linear",
            "gemm",
            "1.0",
            List.of("bf16"),
            "(vendor=acme)",
            3,
            Map.of("TILE", List.of(16, 32)),
            Map.of("M", size),
            List.of(size),
            List.of(new KernelHeader.Scratch("s", size, true)),
            List.of(
                new KernelHeader.Launch("k", List.of("x"), List.of(size, size, size), size, size)),
            Map.of("t", size),
            "text");
    roundTrip(new Message.KernelArrived(1, header, "KERNEL(k)() {}", "/a.qk", 3));
    DeviceInfo info =
        new DeviceInfo("d0", "D", "acme", "a1", "d", 1L << 40, 8, Map.of("subgroup", 32));
    roundTrip(new Message.DeviceFound(info, Map.of("vendor", "acme", "memory", 1L, "fast", true)));
  }

  private void roundTrip(Message message) throws IOException {
    one.send(message);
    assertEquals(message, other.receive());
  }

  @Test
  void shouldRefuseClassesOfOthers() throws Exception {
    sendRaw(new Date(0));
    assertRefused("class java.util.Date");
    sendRaw(new PriorityQueue<>(List.of(URI.create("http://localhost/"))));
    assertRefused("class java.util.PriorityQueue");
    one.send(new Message.DeviceFound(device(new File("x")), Map.of()));
    assertRefused("class java.io.File");
  }

  private static DeviceInfo device(Object property) {
    return new DeviceInfo("d", "d", "d", "d", "d", 1, 1, Map.of("p", property));
  }

  private void assertRefused(String what) {
    String message = assertThrows(IOException.class, other::receive).getMessage();
    assertTrue(message.startsWith("a message holds what none may hold: " + what), message);
  }

  @Test
  void shouldRefuseWhatIsNoMessage() throws IOException {
    sendRaw(List.of(1, 2));
    String message = assertThrows(IOException.class, other::receive).getMessage();
    assertEquals("a message was due, but another object came", message);
  }

  @Test
  void shouldRefuseALengthBeforeItTakesMemory() throws IOException {
    raw.write(ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).flip());
    String message = assertThrows(IOException.class, other::receive).getMessage();
    assertTrue(message.contains("has 2147483647 bytes but must have 1 to 67108864"), message);
  }

  @Test
  void shouldSeeTheEnd() throws IOException {
    raw.write(ByteBuffer.allocate(6).putInt(100).putShort((short) 1).flip());
    one.close();
    assertThrows(EOFException.class, other::receive);
  }

  @SuppressForbidden("plays the part of one who sends what he must not")
  private void sendRaw(Object object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    ByteBuffer buffer = ByteBuffer.allocate(4 + bytes.size());
    raw.write(buffer.putInt(bytes.size()).put(bytes.toByteArray()).flip());
  }
}
