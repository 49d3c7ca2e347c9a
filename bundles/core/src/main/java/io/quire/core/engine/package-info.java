/** The engine: the step loop, its lanes, and the output side that turns tokens into events. */
package io.quire.core.engine;
