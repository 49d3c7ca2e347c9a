/** Served models: from a configuration to a registered engine, and back. */
package io.quire.core.model;
