package io.quire.worker;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/**
 * Configuration PID {@code io.quire.worker}. A change ends the worker processes and begins anew.
 */
@ObjectClassDefinition(
    name = "Quire worker processes",
    description = "Devices that live in processes of their own, so that a fault ends only these")
public @interface WorkerConfig {
  /** The configuration's PID. */
  String PID = "io.quire.worker";

  /**
   * Where devices live.
   *
   * @return {@code process}, or {@code in-process} for all of them in this one
   */
  @AttributeDefinition(
      name = "Worker",
      description = "in-process keeps all devices in this process",
      options = {
        @Option(label = "process", value = "process"),
        @Option(label = "in-process", value = "in-process")
      },
      required = false)
  String worker() default "process";

  /**
   * Whose devices live in worker processes.
   *
   * @return symbolic names of bundles; those that are not installed do no harm
   */
  @AttributeDefinition(
      name = "Backends",
      description = "Symbolic names of the bundles whose devices live in worker processes",
      required = false)
  String[] backends() default {"io.quire.backend.nvidia"};

  /**
   * What a worker does without.
   *
   * @return symbolic names of bundles, or their beginnings with an asterisk
   */
  @AttributeDefinition(
      name = "Without",
      description = "Bundles that a worker process does not have, such as doors; * at the end",
      required = false)
  String[] without() default {
    "io.quire.http",
    "io.quire.metrics",
    "io.quire.shell",
    "io.quire.terminal",
    "io.quire.deploy",
    "io.quire.trust",
    "io.quire.console",
    "org.apache.felix.http.*",
    "org.apache.felix.fileinstall",
    "org.apache.felix.gogo.*",
    "org.apache.aries.spifly.*",
    "org.objectweb.asm*",
    "org.apache.commons.*",
    "org.osgi.service.servlet",
    "slf4j.*"
  };

  /**
   * The JVM of a worker.
   *
   * @return arguments after those of this JVM
   */
  @AttributeDefinition(
      name = "VM arguments",
      description = "Arguments of a worker's JVM, after those of this one",
      required = false)
  String[] vm_arguments() default {};

  /**
   * How long a worker may take to find a device.
   *
   * @return seconds
   */
  @AttributeDefinition(
      name = "Find seconds",
      description = "A worker that has found no device after this long is ended, 1 to 3600",
      required = false)
  int find_seconds() default 30;

  /**
   * How long a worker may be silent.
   *
   * @return seconds
   */
  @AttributeDefinition(
      name = "Heartbeat seconds",
      description = "A worker that neither beats nor answers for this long is ended, 1 to 3600",
      required = false)
  int heartbeat_seconds() default 10;

  /**
   * How long a worker may take to end.
   *
   * @return seconds
   */
  @AttributeDefinition(
      name = "Leave seconds",
      description = "A plan or a process that takes longer to end is ended by force, 1 to 600",
      required = false)
  int leave_seconds() default 10;

  /**
   * How long threads look before they sleep.
   *
   * @return microseconds
   */
  @AttributeDefinition(
      name = "Spin microseconds",
      description =
          "How long a thread looks for the other side's answer before it sleeps, 0 to 1000;"
              + " with one or two processors it does not look",
      required = false)
  int spin_micros() default 20;
}
