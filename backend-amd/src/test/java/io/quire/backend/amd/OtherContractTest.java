package io.quire.backend.amd;

/** Devices of other runtimes, such as a GPU. */
class OtherContractTest extends KernelContract {
  @Override
  boolean tests(String runtime) {
    return !Runtimes.NAMES.contains(runtime);
  }
}
