/** What a person at a terminal sees of one process: the model coming up, and a chat. */
package io.quire.terminal;
