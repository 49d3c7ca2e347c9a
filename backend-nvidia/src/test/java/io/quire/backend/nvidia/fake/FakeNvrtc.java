package io.quire.backend.nvidia.fake;

import io.quire.backend.nvidia.toolkit.Nvrtc;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A compiler that keeps the text as it is, and stumbles over the word {@code nowhere}. */
public final class FakeNvrtc implements Nvrtc {
  private final List<List<String>> asked = new ArrayList<>();
  private boolean closed;

  /** {@return the options of every compilation} */
  public synchronized List<List<String>> asked() {
    return List.copyOf(asked);
  }

  /** {@return whether it was let go} */
  public synchronized boolean closed() {
    return closed;
  }

  @Override
  public String version() {
    return "99.0";
  }

  @Override
  public Set<Integer> architectures() {
    return Set.of(80, 89, 90, 100);
  }

  @Override
  public synchronized Outcome compile(
      String text, String name, List<String> options, Output output) {
    asked.add(options);
    String mine = text.substring(text.lastIndexOf("#line 1 "));
    List<String> lines = mine.lines().toList();
    for (int i = 1; i < lines.size(); i++) {
      if (lines.get(i).contains("nowhere")) {
        String log = name + "(" + i + "): error: identifier \"nowhere\" is undefined";
        return new Outcome(new byte[0], log);
      }
    }
    StringBuilder kept = new StringBuilder();
    text.lines().takeWhile(line -> line.startsWith("#define ")).forEach(l -> kept.append(l + "\n"));
    return new Outcome(FakeCode.of(kept + mine), "");
  }

  @Override
  public synchronized void close() {
    closed = true;
  }
}
