package io.quire.http.exchange;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The operating system's table of TCP connections, which tells that a client has gone while nothing
 * is read from it and nothing is written. Jetty does not: between a request and its response it has
 * no interest in the connection, and the Servlet API has no call that asks for it. Linux only;
 * elsewhere the table is empty and nothing is told.
 *
 * <p>Rows are those of {@code /proc/net/tcp} and {@code tcp6}: after the row number {@code
 * local:port remote:port state}, all hexadecimal, addresses as words in the machine's byte order.
 */
final class SocketTable {
  private static final List<Path> FILES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
  private static final String MAPPED = "00000000000000000000FFFF";
  private static final String ESTABLISHED = "01";

  private SocketTable() {}

  /** {@return whether a connection is established, by {@link #key}; empty if nothing is known} */
  static Map<String, Boolean> read() {
    Map<String, Boolean> table = new HashMap<>();
    try {
      for (Path file : FILES) {
        if (Files.isReadable(file)) {
          read(file, table);
        }
      }
      return table;
    } catch (IOException ignored) {
      // Half a table would declare living clients gone. A write will notice in the end.
      return Map.of();
    }
  }

  private static void read(Path file, Map<String, Boolean> table) throws IOException {
    try (BufferedReader rows = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
      rows.readLine();
      for (String row = rows.readLine(); row != null; row = rows.readLine()) {
        String[] columns = row.strip().split(" +", 5);
        int colon = columns[1].indexOf(':');
        table.put(
            columns[1].substring(colon + 1) + " " + columns[2], columns[3].equals(ESTABLISHED));
      }
    }
  }

  /**
   * A connection's key.
   *
   * @param remote the client's address
   * @param remotePort the client's port
   * @param localPort the server's port
   * @param mapped whether the server's socket is one for IPv6 that takes IPv4 too
   * @return the key
   */
  static String key(InetAddress remote, int remotePort, int localPort, boolean mapped) {
    byte[] address = remote.getAddress();
    if (mapped && address.length == 4) {
      address = HexFormat.of().parseHex(MAPPED + HexFormat.of().formatHex(address));
    }
    HexFormat hex = HexFormat.of().withUpperCase();
    StringBuilder text = new StringBuilder();
    text.append(hex.toHexDigits((short) localPort)).append(' ');
    for (int word = 0; word < address.length; word += 4) {
      for (int i = 0; i < 4; i++) {
        boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        text.append(hex.toHexDigits(address[word + (little ? 3 - i : i)]));
      }
    }
    return text.append(':').append(hex.toHexDigits((short) remotePort)).toString();
  }
}
