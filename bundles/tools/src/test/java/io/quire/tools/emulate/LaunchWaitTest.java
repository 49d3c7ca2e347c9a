package io.quire.tools.emulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.quire.tools.source.TextSource;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every kernel of the repository waits for those before it, in its own body and once: only then do
 * kernels overlap (docs/dialect.md). The dialect's own kernels ask for one family of names each.
 */
class LaunchWaitTest {
  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\\n]*");
  private static final Pattern KERNEL = Pattern.compile("\\bKERNEL\\s*\\(");
  private static final Pattern WAIT = Pattern.compile("\\bLAUNCH_WAIT\\b");

  @Test
  void shouldCallItOnceInEveryKernel() throws IOException {
    List<TextSource> kernels = KernelTexts.kernels();
    assertFalse(kernels.isEmpty());
    for (TextSource kernel : kernels) {
      if (kernel.origin().startsWith("dialect/")) {
        continue;
      }
      String code = COMMENT.matcher(kernel.text()).replaceAll(" ");
      List<String> parts = Stream.of(KERNEL.split(code)).toList();
      assertEquals(0, waits(parts.getFirst()), kernel.origin() + ": outside its kernels");
      for (String body : parts.subList(1, parts.size())) {
        assertEquals(1, waits(body), () -> kernel.origin() + ": " + body);
      }
      assertEquals("1.1", kernel.header().dialect(), kernel.origin());
    }
  }

  private static long waits(String code) {
    return WAIT.matcher(code).results().count();
  }
}
