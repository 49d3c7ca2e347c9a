package io.quire.core.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.cache.BlockTable;
import io.quire.api.cache.CacheOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PagedBlockManagerTest {
  private final PagedBlockManager manager = open(8, true, "");

  @Test
  void shouldReserveWholeBlocks() {
    BlockTable table = manager.table("");
    assertTrue(manager.reserve(table, 0, 17));
    assertEquals(List.of(0, 1), blocks(table));
    assertTrue(manager.reserve(table, 17, 32));
    assertEquals(2, table.size());
    assertTrue(manager.reserve(table, 32, 33));
    assertEquals(3, table.size());
    assertEquals(5, manager.freeBlocks());
  }

  @Test
  void shouldChangeNothingWhenBlocksAreMissing() {
    BlockTable table = manager.table("");
    assertTrue(manager.reserve(table, 0, 100));
    BlockTable other = manager.table("");
    assertFalse(manager.reserve(other, 0, 17));
    assertEquals(0, other.size());
    assertEquals(1, manager.freeBlocks());
    assertTrue(manager.reserve(other, 0, 16));
  }

  @Test
  void shouldAttachWhatAnotherTableHasCommitted() {
    int[] tokens = tokens(40);
    BlockTable first = computed(manager, tokens, 40);
    BlockTable second = manager.table("");
    assertEquals(32, manager.attachPrefix(second, tokens, 40));
    assertEquals(blocks(first).subList(0, 2), blocks(second));
    assertEquals(5, manager.freeBlocks());
    assertEquals(32, manager.stats().hitTokens());
    assertEquals(80, manager.stats().queriedTokens());
  }

  @Test
  void shouldLeaveTheLastTokenToBeComputed() {
    int[] tokens = tokens(40);
    computed(manager, tokens, 40);
    assertEquals(16, manager.attachPrefix(manager.table(""), tokens, 32));
    assertEquals(32, manager.attachPrefix(manager.table(""), tokens, 33));
    assertEquals(0, manager.attachPrefix(manager.table(""), tokens, 16));
    assertEquals(0, manager.attachPrefix(manager.table(""), tokens, 0));
  }

  @Test
  void shouldAttachOnlyEqualTokensFromTheFirstOn() {
    int[] tokens = tokens(48);
    computed(manager, tokens, 48);
    int[] other = tokens.clone();
    other[0]++;
    assertEquals(0, manager.attachPrefix(manager.table(""), other, 48));
    other = tokens.clone();
    other[31]++;
    assertEquals(16, manager.attachPrefix(manager.table(""), other, 48));
  }

  @Test
  void shouldShareOnlyWithinASalt() {
    int[] tokens = tokens(40);
    computed(manager, tokens, 40);
    assertEquals(0, manager.attachPrefix(manager.table("tenant"), tokens, 40));
  }

  @Test
  void shouldKeepSaltsOfCacheAndTableApart() {
    long[] joined = new ContentHash(16).root("ab", "c");
    assertFalse(Arrays.equals(joined, new ContentHash(16).root("a", "bc")));
    assertFalse(Arrays.equals(joined, new ContentHash(16).root("abc", "")));
    assertTrue(Arrays.equals(joined, new ContentHash(16).root("ab", "c")));
  }

  @Test
  void shouldNotFindTokensThatAreNotCommitted() {
    int[] tokens = tokens(40);
    BlockTable table = manager.table("");
    manager.reserve(table, 0, 40);
    manager.commit(table, tokens, 31);
    assertEquals(16, manager.attachPrefix(manager.table(""), tokens, 40));
  }

  @Test
  void shouldFindReleasedBlocksUntilTheirPlaceIsNeeded() {
    int[] tokens = tokens(40);
    manager.release(computed(manager, tokens, 40));
    assertEquals(8, manager.freeBlocks());
    assertEquals(2, manager.stats().cachedBlocks());
    BlockTable other = manager.table("");
    manager.reserve(other, 0, 6 * 16);
    assertEquals(2, manager.stats().cachedBlocks());
    manager.reserve(other, 6 * 16, 7 * 16);
    assertEquals(1, manager.stats().evictions());
    BlockTable again = manager.table("");
    assertEquals(16, manager.attachPrefix(again, tokens, 40), "the beginning should go last");
    assertEquals(0, manager.freeBlocks());
  }

  @Test
  void shouldEvictTheLeastRecentlyUsedFirst() {
    int[] old = tokens(17);
    int[] young = IntStream.range(100, 117).toArray();
    manager.release(computed(manager, old, 17));
    manager.release(computed(manager, young, 17));
    BlockTable touch = manager.table("");
    assertEquals(16, manager.attachPrefix(touch, old, 17));
    manager.release(touch);
    manager.reserve(manager.table(""), 0, 7 * 16);
    assertEquals(0, manager.attachPrefix(manager.table(""), young, 17));
    assertEquals(16, manager.attachPrefix(manager.table(""), old, 17));
  }

  @Test
  void shouldKeepTheFirstOfTwoEqualBlocks() {
    int[] tokens = tokens(17);
    BlockTable first = manager.table("");
    BlockTable second = manager.table("");
    manager.reserve(first, 0, 17);
    manager.reserve(second, 0, 17);
    manager.commit(first, tokens, 17);
    manager.commit(second, tokens, 17);
    BlockTable third = manager.table("");
    manager.attachPrefix(third, tokens, 17);
    assertEquals(first.block(0), third.block(0));
    manager.release(second);
    assertEquals(0, manager.stats().cachedBlocks());
  }

  @Test
  void shouldContinueTheChainOfADuplicate() {
    int[] tokens = tokens(33);
    BlockTable first = computed(manager, tokens, 17);
    BlockTable second = manager.table("");
    manager.reserve(second, 0, 33);
    manager.commit(second, tokens, 33);
    BlockTable third = manager.table("");
    assertEquals(32, manager.attachPrefix(third, tokens, 33));
    assertEquals(List.of(first.block(0), second.block(1)), blocks(third));
  }

  @Test
  void shouldCopyASharedBlockBeforeItIsWritten() {
    BlockTable parent = computed(manager, tokens(20), 20);
    BlockTable child = manager.fork(parent);
    assertEquals(blocks(parent), blocks(child));
    assertEquals(0, child.firstDirty());
    assertTrue(manager.reserve(child, 20, 21));
    assertEquals(parent.block(0), child.block(0));
    assertNotEquals(parent.block(1), child.block(1));
    assertEquals(List.of(parent.block(1) + ">" + child.block(1)), copies(manager));
    assertEquals(List.of(), copies(manager));
    assertTrue(manager.reserve(parent, 20, 21));
    assertEquals(List.of(), copies(manager), "the last holder writes in place");
    assertEquals(1, manager.stats().copies());
  }

  @Test
  void shouldNotCopyWhenNothingIsWritten() {
    BlockTable parent = computed(manager, tokens(20), 20);
    BlockTable child = manager.fork(parent);
    assertTrue(manager.reserve(child, 20, 20));
    assertEquals(blocks(parent), blocks(child));
  }

  @Test
  void shouldRefuseACopyWithoutABlockForIt() {
    BlockTable parent = computed(manager, tokens(120), 120);
    BlockTable child = manager.fork(parent);
    assertFalse(manager.reserve(child, 120, 121));
    assertEquals(blocks(parent), blocks(child));
    assertEquals(List.of(), copies(manager));
  }

  @Test
  void shouldFreeABlockWithItsLastReference() {
    BlockTable parent = computed(manager, tokens(20), 20);
    BlockTable child = manager.fork(parent);
    manager.release(parent);
    assertEquals(6, manager.freeBlocks());
    manager.release(child);
    assertEquals(8, manager.freeBlocks());
  }

  @Test
  void shouldForgetContentThatIsOverwritten() {
    int[] tokens = tokens(40);
    BlockTable table = computed(manager, tokens, 40);
    assertTrue(manager.reserve(table, 20, 40));
    assertEquals(16, manager.attachPrefix(manager.table(""), tokens, 40));
    tokens[20]++;
    manager.commit(table, tokens, 40);
    assertEquals(32, manager.attachPrefix(manager.table(""), tokens, 40));
  }

  @Test
  void shouldForgetPrefixesOfTheTimeBefore() {
    int[] tokens = tokens(60);
    BlockTable table = computed(manager, tokens, 40);
    manager.forgetPrefixes();
    assertEquals(3, table.size());
    manager.reserve(table, 40, 60);
    manager.commit(table, tokens, 60);
    assertEquals(0, manager.attachPrefix(manager.table(""), tokens, 60));
    BlockTable fresh = computed(manager, tokens, 20);
    assertEquals(16, manager.attachPrefix(manager.table(""), tokens, 60));
    manager.release(table);
    manager.release(fresh);
    assertEquals(0, manager.stats().cachedBlocks(), "the attached table still holds the only one");
  }

  @Test
  void shouldShareNothingWhenAskedNotTo() {
    PagedBlockManager alone = open(8, false, "");
    int[] tokens = tokens(40);
    BlockTable table = computed(alone, tokens, 40);
    assertEquals(0, alone.attachPrefix(alone.table(""), tokens, 40));
    alone.release(table);
    assertEquals(0, alone.stats().cachedBlocks());
    assertEquals(8, alone.freeBlocks());
  }

  @Test
  void shouldTellWhatTheDeviceDoesNotKnow() {
    BlockTable table = computed(manager, tokens(40), 40);
    assertEquals(0, table.firstDirty());
    table.markClean();
    assertEquals(3, table.firstDirty());
    manager.reserve(table, 40, 50);
    assertEquals(3, table.firstDirty());
    BlockTable child = manager.fork(table);
    table.markClean();
    manager.reserve(table, 45, 50);
    assertEquals(2, table.firstDirty());
    table.markDirty();
    assertEquals(0, table.firstDirty());
    manager.release(child);
  }

  @Test
  void shouldReleaseAnEmptyTableWithoutEffect() {
    BlockTable table = computed(manager, tokens(40), 40);
    manager.release(table);
    manager.release(table);
    assertEquals(8, manager.freeBlocks());
  }

  @Test
  void shouldRefuseTablesOfAnotherCache() {
    BlockTable foreign = computed(open(8, true, ""), tokens(20), 20);
    for (Runnable use :
        List.<Runnable>of(
            () -> manager.release(foreign),
            () -> manager.fork(foreign),
            () -> manager.commit(foreign, tokens(20), 20),
            () -> manager.reserve(foreign, 20, 21))) {
      String message = assertThrows(IllegalStateException.class, use::run).getMessage();
      assertTrue(message.contains("a table of 2 blocks belongs to another cache"), message);
    }
  }

  @Test
  void shouldRefuseWhatHasNoMeaning() {
    BlockTable table = computed(manager, tokens(20), 20);
    assertFails("empty table; this one has 2", () -> manager.attachPrefix(table, tokens(20), 20));
    assertFails("positions 33 to 40 cannot follow 2", () -> manager.reserve(table, 33, 40));
    assertFails("positions 20 to 19", () -> manager.reserve(table, 20, 19));
    assertFails("positions -1 to 19", () -> manager.reserve(table, -1, 19));
    assertFails("33 tokens cannot", () -> manager.commit(table, tokens(40), 33));
    assertFails("with 8 blocks", () -> manager.open(new CacheOptions(1, 1, true, "")));
    assertFails("open it first", () -> new PagedBlockManager().table(""));
    assertFalse(manager.reserve(table, 20, Integer.MAX_VALUE));
    assertThrows(IndexOutOfBoundsException.class, () -> table.block(2));
  }

  @Test
  void shouldRefuseToFreeABlockTwice() {
    BlockPool pool = new BlockPool(4, new PrefixIndex(4, true));
    int block = pool.take();
    pool.release(block);
    assertFails("block 0 has no reference left", () -> pool.release(block));
    assertEquals(4, pool.free());
  }

  private static void assertFails(String message, Runnable action) {
    String actual = assertThrows(IllegalStateException.class, action::run).getMessage();
    assertTrue(actual.contains(message), actual);
  }

  private static PagedBlockManager open(int blocks, boolean sharing, String salt) {
    PagedBlockManager manager = new PagedBlockManager();
    manager.open(new CacheOptions(blocks, 16, sharing, salt));
    return manager;
  }

  private static BlockTable computed(PagedBlockManager manager, int[] tokens, int length) {
    BlockTable table = manager.table("");
    int attached = manager.attachPrefix(table, tokens, length);
    assertTrue(manager.reserve(table, attached, length));
    manager.commit(table, tokens, length);
    return table;
  }

  private static int[] tokens(int length) {
    return IntStream.range(0, length).toArray();
  }

  private static List<Integer> blocks(BlockTable table) {
    return IntStream.range(0, table.size()).mapToObj(table::block).toList();
  }

  private static List<String> copies(PagedBlockManager manager) {
    List<String> copies = new ArrayList<>();
    manager.drainCopies((source, target) -> copies.add(source + ">" + target));
    return copies;
  }
}
