package io.quire.worker;

import io.quire.worker.fake.FakeBundle;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A process with a child; says the child's id and waits to be killed. */
final class ParentMain {
  private ParentMain() {}

  /**
   * Runs until it is killed.
   *
   * @param arguments folder of the framework, file of the backend's bundle
   */
  public static void main(String[] arguments) throws Exception {
    try (WorkerRig rig =
        new WorkerRig(Path.of(arguments[0]), Map.of("backends", FakeBundle.NAME))) {
      rig.start(Path.of(arguments[1]));
      System.out.println(WorkerRig.pid(rig.remote("fake0")));
      System.out.flush();
      new CountDownLatch(1).await();
    }
  }
}
