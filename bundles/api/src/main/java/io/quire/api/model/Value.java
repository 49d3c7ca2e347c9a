package io.quire.api.model;

import java.io.Serializable;

/**
 * A matrix of activations inside a graph, written once: one row per token of the step, or per row
 * of logits after {@link Op.TakeRows}.
 *
 * @param id index into the graph's values, from 0
 * @param width values in a row
 * @param rows what its rows are
 */
public record Value(int id, int width, Rows rows) implements Serializable {
  /** What the rows of a value stand for. */
  public enum Rows {
    /** One row per token of the step. */
    TOKENS,
    /** One row per requested row of logits. */
    LOGITS
  }
}
