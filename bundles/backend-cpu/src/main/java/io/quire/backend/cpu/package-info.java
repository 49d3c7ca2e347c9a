/** The embedded default device: the ops of a model graph on the cores of this machine. */
package io.quire.backend.cpu;
