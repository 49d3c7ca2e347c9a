package io.quire.tools.measure;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.testkit.driver.DriverRig;
import io.quire.testkit.driver.DriverSteps;
import io.quire.tools.command.Command;
import io.quire.tools.command.CommandLine;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** {@code driver}: whether devices and their drivers do what kernels take for granted. */
public final class DriverCommand implements Command {
  private final Devices devices;

  /**
   * Creates it.
   *
   * @param devices what is looked at
   */
  public DriverCommand(Devices devices) {
    this.devices = devices;
  }

  @Override
  public String name() {
    return "driver";
  }

  @Override
  public String about() {
    return "the drivers themselves, step by step: memory, copies, launches, recording, costs";
  }

  @Override
  public String usage() {
    return "usage: quire kernels driver [OPTIONS]\n"
        + Devices.USAGE
        + """
          --lose          at last a fault in a kernel, which a GPU does not survive in this process
        Status 1: a step failed; the steps after it run all the same.
        """;
  }

  @Override
  public List<Option> options() {
    return List.of(Option.value("device", ""), Option.flag("lose"));
  }

  @Override
  public int run(CommandLine line, PrintStream out, PrintStream err)
      throws IOException, InterruptedException {
    List<DriverSteps.Step> steps = new ArrayList<>(DriverSteps.all());
    if (line.has("lose")) {
      steps.add(DriverSteps.loss());
    }
    int failed = 0;
    try (Devices.Found found = devices.find(line.text("device"))) {
      for (DeviceDriver driver : found.atLeastOne()) {
        failed += run(driver, steps, out);
      }
    }
    out.printf(Locale.ROOT, "%d failures%n", failed);
    return failed == 0 ? 0 : 1;
  }

  private static int run(DeviceDriver driver, List<DriverSteps.Step> steps, PrintStream out)
      throws InterruptedException {
    DeviceInfo info = driver.info();
    out.printf(Locale.ROOT, "%s: %s, %s%n", info.id(), info.name(), info.arch());
    new TreeMap<>(info.properties())
        .forEach((name, value) -> out.printf(Locale.ROOT, "  %s=%s%n", name, value));
    int failed = 0;
    try (DriverRig rig = new DriverRig(driver)) {
      for (DriverSteps.Step step : steps) {
        failed += run(rig, step, out) ? 0 : 1;
      }
    } catch (RuntimeException e) {
      out.printf(Locale.ROOT, "  FAILED to open or close: %s%n", e);
      failed++;
    }
    return failed;
  }

  private static boolean run(DriverRig rig, DriverSteps.Step step, PrintStream out)
      throws InterruptedException {
    long begin = System.nanoTime();
    try {
      String found = step.action().run(rig);
      out.printf(
          Locale.ROOT,
          "  ok      %-28s %8.1f ms  %s%n",
          step.name(),
          (System.nanoTime() - begin) * 1e-6,
          found);
      return true;
    } catch (RuntimeException | LinkageError e) {
      out.printf(Locale.ROOT, "  FAILED  %s: %s%n", step.name(), e);
      for (StackTraceElement frame : e.getStackTrace()) {
        if (frame.getClassName().startsWith("io.quire.")) {
          out.println("            at " + frame);
        }
      }
      return false;
    }
  }
}
