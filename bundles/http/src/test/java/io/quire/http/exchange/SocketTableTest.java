package io.quire.http.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SocketTableTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, false, 1F90 0100007F:ABCD",
    "10.1.2.3, true, 1F90 0000000000000000FFFF00000302010A:ABCD",
    "::1, false, 1F90 00000000000000000000000001000000:ABCD",
    "fe80::12, true, 1F90 000080FE000000000000000012000000:ABCD"
  })
  void shouldWriteKeysAsTheKernelDoes(String address, boolean mapped, String key) {
    assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
    assertEquals(key, SocketTable.key(InetAddress.ofLiteral(address), 0xABCD, 8080, mapped));
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1", "::"})
  void shouldTellThatAPeerHasGone(String bind) throws IOException {
    assumeTrue(!SocketTable.read().isEmpty(), "needs Linux");
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.ofLiteral(bind))) {
      Socket client = new Socket("127.0.0.1", server.getLocalPort());
      try (Socket accepted = server.accept()) {
        InetAddress peer = accepted.getInetAddress();
        String plain = SocketTable.key(peer, accepted.getPort(), accepted.getLocalPort(), false);
        String mapped = SocketTable.key(peer, accepted.getPort(), accepted.getLocalPort(), true);
        assertEquals(true, state(plain, mapped));
        client.close();
        // The end of its side has arrived once it can be read.
        assertEquals(-1, accepted.getInputStream().read());
        assertEquals(false, state(plain, mapped));
      }
      assertNull(SocketTable.read().get("0000 nowhere:0000"));
    }
  }

  private static Boolean state(String plain, String mapped) {
    Map<String, Boolean> table = SocketTable.read();
    return Objects.requireNonNullElseGet(table.get(plain), () -> table.get(mapped));
  }
}
