package io.quire.testkit;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * JUnit extension for random tests: hands a test its {@link RandomGenerator} and, when the test
 * fails, prints a command that runs it again with the same numbers. The seed changes from run to
 * run unless {@code -Dquire.seed} fixes it.
 */
public final class Seed implements BeforeEachCallback, ParameterResolver, TestWatcher {
  private long seed;

  /** Used by JUnit. */
  public Seed() {}

  @Override
  public void beforeEach(ExtensionContext context) {
    current();
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == RandomGenerator.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(current());
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    String test =
        context.getRequiredTestClass().getSimpleName()
            + "#"
            + context.getRequiredTestMethod().getName();
    context.publishReportEntry("reproduce", command(test));
    System.err.println("reproduce with: " + command(test));
  }

  private String command(String test) {
    return "mvn verify -Dtest=" + test + " -Dquire.seed=" + current();
  }

  private long current() {
    if (seed == 0) {
      seed = Long.getLong("quire.seed", System.nanoTime() | 1);
    }
    return seed;
  }
}
