/** GGUF files, versions 2 and 3, little-endian. */
package io.quire.formats.gguf;
