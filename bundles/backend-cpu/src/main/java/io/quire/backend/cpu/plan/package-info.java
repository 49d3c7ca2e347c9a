/** A graph compiled to stages, its memory, its threads and its steps. */
package io.quire.backend.cpu.plan;
