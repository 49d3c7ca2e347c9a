package io.quire.tools.compile;

/**
 * What a compiler says of one entry point.
 *
 * @param entry its name
 * @param registers of a lane; on Intel of a thread
 * @param scalars registers that a wave shares; 0 where there are none
 * @param localBytes local memory of a group
 * @param spills what did not fit into registers, as the compiler counts it: registers on AMD, bytes
 *     elsewhere
 * @param privateBytes memory of a lane's own (on Intel of a thread), spills included
 */
public record EntryNumbers(
    String entry, int registers, int scalars, long localBytes, long spills, long privateBytes) {
  /** {@return {@code registers}, or {@code registers+scalars}} */
  String registersText() {
    return scalars > 0 ? registers + "+" + scalars : String.valueOf(registers);
  }
}
