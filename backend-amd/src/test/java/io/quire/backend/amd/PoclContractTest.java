package io.quire.backend.amd;

class PoclContractTest extends KernelContract {
  @Override
  boolean tests(String runtime) {
    return runtime.equals("pocl");
  }
}
