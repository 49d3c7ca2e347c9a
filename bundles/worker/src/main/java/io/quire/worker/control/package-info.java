/** What parent and child tell each other beside steps. */
package io.quire.worker.control;
