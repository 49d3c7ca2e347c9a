package io.quire.backend.amd;

class IntelContractTest extends KernelContract {
  @Override
  boolean tests(String runtime) {
    return runtime.equals("intel");
  }
}
