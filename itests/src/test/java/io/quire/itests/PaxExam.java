package io.quire.itests;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.opentest4j.AssertionFailedError;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.ExamSystem;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.TestAddress;
import org.ops4j.pax.exam.TestContainer;
import org.ops4j.pax.exam.TestContainerException;
import org.ops4j.pax.exam.TestProbeBuilder;
import org.ops4j.pax.exam.nat.internal.NativeTestContainerFactory;
import org.ops4j.pax.exam.spi.PaxExamRuntime;

/**
 * Drives Pax Exam from JUnit 5: one framework per class, in this JVM; every test method runs inside
 * it, in a probe bundle made of the test classes.
 */
public final class PaxExam implements BeforeAllCallback, AfterAllCallback, InvocationInterceptor {
  private final Map<String, TestAddress> tests = new HashMap<>();
  private TestContainer container;

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    Class<?> type = context.getRequiredTestClass();
    Object instance = type.getDeclaredConstructor().newInstance();
    List<Option> options = new ArrayList<>();
    for (Method method : type.getMethods()) {
      if (method.isAnnotationPresent(Configuration.class)) {
        options.addAll(List.of((Option[]) method.invoke(instance)));
      }
    }
    ExamSystem system = PaxExamRuntime.createTestSystem(options.toArray(Option[]::new));
    TestProbeBuilder probe = system.createProbe();
    probe.setHeader("Bundle-SymbolicName", "io.quire.itests.probe");
    probe.setHeader("DynamicImport-Package", "*");
    for (Method method : type.getDeclaredMethods()) {
      if (method.isAnnotationPresent(Test.class)) {
        tests.put(method.getName(), probe.addTest(type, method.getName()));
      }
    }
    container = new NativeTestContainerFactory().create(system)[0].start();
    container.installProbe(probe.build().getStream());
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    invocation.skip();
    try {
      container.call(tests.get(method.getExecutable().getName()));
    } catch (TestContainerException e) {
      throw rootOf(e);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (container != null) {
      container.stop();
    }
  }

  /** The error inside comes from another class loader: its text is what can be shown. */
  private static Throwable rootOf(TestContainerException e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return new AssertionFailedError(root.toString(), e);
  }
}
