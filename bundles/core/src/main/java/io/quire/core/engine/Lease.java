package io.quire.core.engine;

import java.util.function.Supplier;

/**
 * A policy object that one lane uses until it gives it back.
 *
 * @param value the object, for one lane alone
 * @param policy its name, for listings
 * @param release gives it back; called once
 * @param <T> what it is
 */
public record Lease<T>(T value, String policy, Runnable release) {
  /**
   * Leases of plain objects, which nobody wants back.
   *
   * @param policy the policy's name
   * @param maker makes an object for each lane
   * @param <T> what it is
   * @return a source of leases
   */
  public static <T> Supplier<Lease<T>> of(String policy, Supplier<? extends T> maker) {
    return () -> new Lease<>(maker.get(), policy, () -> {});
  }
}
