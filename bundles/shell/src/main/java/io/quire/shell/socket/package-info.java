/**
 * The shell's Unix-domain socket: a Gogo session for each client that its owner lets in.
 *
 * <p>The client begins with one line of ASCII, {@code quire-shell 1 MODE}, where the mode is {@code
 * command}, {@code interactive} or {@code batch}. After that both sides send frames: a byte for the
 * type, four bytes for the length (the greatest first, at most 65,536) and the content.
 *
 * <table>
 *   <caption>Frames</caption>
 *   <tr><th>type</th><th>from</th><th>content</th></tr>
 *   <tr><td>{@code C}</td><td>client</td><td>the command as UTF-8; mode {@code command} alone, the
 *       first and only frame</td></tr>
 *   <tr><td>{@code I}</td><td>client</td><td>bytes of standard input</td></tr>
 *   <tr><td>{@code E}</td><td>client</td><td>nothing: standard input has ended</td></tr>
 *   <tr><td>{@code O}</td><td>server</td><td>bytes for standard output</td></tr>
 *   <tr><td>{@code R}</td><td>server</td><td>bytes for standard error</td></tr>
 *   <tr><td>{@code X}</td><td>server</td><td>four bytes, the exit status: 0 if the command, or the
 *       last of them, is done, 1 if it failed; then the server closes</td></tr>
 * </table>
 *
 * <p>In the modes {@code interactive} and {@code batch} standard input is read a line at a time and
 * each is executed; {@code exit} or the end of input leaves. A line that Gogo finds open, as by a
 * quote, goes on with the next. {@code interactive} differs by the prompt. A client that closes the
 * connection before it has the status ends its session, and what runs in it is interrupted.
 */
package io.quire.shell.socket;
