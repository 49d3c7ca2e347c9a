package io.quire.core.cache;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the block manager should do, written with lists, maps and whole contents in place of linked
 * arrays and hashes.
 */
final class NaiveCache {
  /** A table of the model. */
  static final class Table {
    final String salt;
    final List<Integer> blocks = new ArrayList<>();
    final List<String> contents = new ArrayList<>();
    int generation;
    int dirty;

    Table(String salt) {
      this.salt = salt;
    }
  }

  final int blockTokens;
  final List<Integer> free = new ArrayList<>();
  final Map<Integer, Integer> references = new HashMap<>();
  final Map<String, Integer> blockOf = new HashMap<>();
  final Map<Integer, String> contentOf = new HashMap<>();
  final List<String> copies = new ArrayList<>();
  int generation;
  long queried;
  long hits;
  long evictions;
  long copied;

  NaiveCache(int blocks, int blockTokens) {
    this.blockTokens = blockTokens;
    for (int i = 0; i < blocks; i++) {
      free.add(i);
    }
  }

  long cachedFree() {
    return free.stream().filter(contentOf::containsKey).count();
  }

  int attach(Table table, int[] tokens, int length) {
    queried += length;
    table.generation = generation;
    for (int i = 0; (i + 1) * blockTokens < length; i++) {
      String content = content(table, tokens, i);
      Integer block = blockOf.get(content);
      if (block == null) {
        break;
      }
      free.remove(block);
      references.merge(block, 1, Integer::sum);
      table.blocks.add(block);
      table.contents.add(content);
    }
    hits += (long) table.blocks.size() * blockTokens;
    return table.blocks.size() * blockTokens;
  }

  boolean reserve(Table table, int computed, int length) {
    List<Integer> shared = new ArrayList<>();
    int wanted = (length + blockTokens - 1) / blockTokens;
    int size = table.blocks.size();
    for (int i = 0; i < Math.min(size, wanted); i++) {
      if ((i + 1) * blockTokens > computed && references.get(table.blocks.get(i)) > 1) {
        shared.add(i);
      }
    }
    if (computed == length) {
      return true;
    }
    if (shared.size() + Math.max(0, wanted - size) > free.size()) {
      return false;
    }
    for (int i = computed / blockTokens; i < Math.min(size, wanted); i++) {
      Integer old = table.blocks.get(i);
      if (shared.contains(i)) {
        Integer copy = take();
        references.merge(old, -1, Integer::sum);
        table.blocks.set(i, copy);
        table.dirty = Math.min(table.dirty, i);
        copies.add(old + ">" + copy);
        copied++;
      } else {
        forgetContent(old);
      }
    }
    while (table.contents.size() > computed / blockTokens) {
      table.contents.removeLast();
    }
    if (size == 0) {
      table.generation = generation;
    }
    while (table.blocks.size() < wanted) {
      table.blocks.add(take());
    }
    return true;
  }

  void commit(Table table, int[] tokens, int computed) {
    if (table.generation != generation) {
      return;
    }
    for (int i = table.contents.size(); (i + 1) * blockTokens <= computed; i++) {
      String content = content(table, tokens, i);
      table.contents.add(content);
      if (blockOf.putIfAbsent(content, table.blocks.get(i)) == null) {
        contentOf.put(table.blocks.get(i), content);
      }
    }
  }

  Table fork(Table source) {
    Table table = new Table(source.salt);
    table.blocks.addAll(source.blocks);
    table.contents.addAll(source.contents);
    table.generation = source.generation;
    source.blocks.forEach(block -> references.merge(block, 1, Integer::sum));
    return table;
  }

  void release(Table table) {
    for (Integer block : table.blocks.reversed()) {
      if (references.merge(block, -1, Integer::sum) == 0) {
        free.add(contentOf.containsKey(block) ? free.size() : 0, block);
      }
    }
    table.blocks.clear();
    table.contents.clear();
    table.dirty = 0;
  }

  void forget() {
    blockOf.clear();
    contentOf.clear();
    generation++;
  }

  private String content(Table table, int[] tokens, int block) {
    StringBuilder text = new StringBuilder(table.salt).append('|');
    for (int i = 0; i < (block + 1) * blockTokens; i++) {
      text.append(tokens[i]).append(',');
    }
    return text.toString();
  }

  private Integer take() {
    Integer block = free.removeFirst();
    references.put(block, 1);
    if (forgetContent(block)) {
      evictions++;
    }
    return block;
  }

  private boolean forgetContent(Integer block) {
    String content = contentOf.remove(block);
    return content != null && blockOf.remove(content) != null;
  }
}
