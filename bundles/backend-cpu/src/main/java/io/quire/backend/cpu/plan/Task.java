package io.quire.backend.cpu.plan;

/** Work in pieces that may run at the same time, in any order, on any thread of the pool. */
interface Task {
  /**
   * Does one piece.
   *
   * @param item which, from 0
   * @param worker memory of the thread that does it
   */
  void run(int item, Worker worker);
}
