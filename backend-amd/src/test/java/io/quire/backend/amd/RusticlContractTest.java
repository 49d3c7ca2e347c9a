package io.quire.backend.amd;

class RusticlContractTest extends KernelContract {
  @Override
  boolean tests(String runtime) {
    return runtime.equals("rusticl");
  }
}
