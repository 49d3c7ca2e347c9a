package io.quire.text.jinja;

import io.quire.api.text.ChatTemplate;
import io.quire.api.text.ChatTemplateException;
import io.quire.api.text.ChatTemplateFactory;
import io.quire.api.text.Tokenizer;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Compiles Jinja templates as Hugging Face's chat templates are: in an immutable sandbox with
 * {@code trim_blocks}, {@code lstrip_blocks} and loop controls. The text of {@link Tokenizer#bos}
 * becomes {@code bos_token}, that of the first of {@link Tokenizer#endOfGeneration} {@code
 * eos_token}; variables given to a rendering go before them.
 *
 * <p>Left out, since no chat template needs them: blocks and other templates ({@code block}, {@code
 * extends}, {@code include}, {@code import}), turning autoescape on, {@code lipsum}, and the
 * filters {@code random}, {@code pprint}, {@code urlize}, {@code striptags}, {@code wordwrap},
 * {@code xmlattr} and {@code filesizeformat}. Whole numbers have 64 bits, and every {@link Limits
 * limit} is an error with its number.
 */
@Component(service = ChatTemplateFactory.class)
public final class JinjaChatTemplateFactory implements ChatTemplateFactory {
  private final Clock clock;

  /** Makes a factory whose templates read the system's clock, in its time zone. */
  @Activate
  public JinjaChatTemplateFactory() {
    this(Clock.systemDefaultZone());
  }

  JinjaChatTemplateFactory(Clock clock) {
    this.clock = clock;
  }

  @Override
  public ChatTemplate compile(String source, Tokenizer tokenizer) {
    Map<String, String> tokens = new HashMap<>();
    tokenizer.bos().ifPresent(id -> tokens.put("bos_token", tokenizer.text(id)));
    tokenizer.endOfGeneration().stream()
        .findFirst()
        .ifPresent(id -> tokens.put("eos_token", tokenizer.text(id)));
    return compile(source, tokens);
  }

  JinjaChatTemplate compile(String source, Map<String, String> specialTokens) {
    return new JinjaChatTemplate(parse(source), specialTokens, clock);
  }

  private static List<Stmt> parse(String source) {
    try {
      return Parser.parse(source);
    } catch (StackOverflowError e) {
      throw new ChatTemplateException(
          "chat template: the source nests too deeply for the stack of its thread");
    }
  }
}
