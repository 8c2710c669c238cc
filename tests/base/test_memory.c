#include "base/memory.h"

#include "base/sanitized.h"
#include "support/testing.h"

TEST(allocate_zeroes_and_refuses_overflow) {
    unsigned char *block = allocate(100, 10);
    for (int i = 0; i < 1000; i++) assert_int_equal(block[i], 0);
    free(block);
    assert_null(allocate(SIZE_MAX / 2, 3));
    void *none = allocate(0, 0);
    assert_non_null(none);
    free(none);
}

TEST(aligned_blocks_are_aligned_at_every_size) {
    const size_t sizes[] = {0, 1, 63, 64, 1000, (size_t)5 << 20};
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        unsigned char *block = allocate_aligned(sizes[i]);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % CACHE_LINE, 0);
        memset(block, 1, sizes[i]);
        release_aligned(block);
    }
    assert_null(allocate_aligned(SIZE_MAX - 3));
}

TEST(large_blocks_are_used_again) {
#if !SANITIZED_ADDRESS
    const size_t bytes = (size_t)31 << 20, others = (size_t)60 << 20;
    unsigned char *a = allocate_aligned(bytes), *b = allocate_aligned(bytes);
    assert_true(a && b && a != b);
    memset(a, 7, bytes), memset(b, 7, bytes);
    release_aligned(a), release_aligned(b);
    unsigned char *c = allocate_aligned(bytes);
    assert_true(c == a || c == b);
    assert_int_equal(c[0], 7); /* not new pages at the same place, which are zeros */
    release_aligned(c);
    unsigned char *d = allocate_aligned(others); /* more than what waits has room for */
    assert_non_null(d);
    memset(d, 1, others);
    release_aligned(d);
#endif
}

TEST(grow_keeps_what_is_there) {
    int *items = NULL;
    size_t room = 0;
    for (int i = 0; i < 1000; i++) {
        assert_true(grow(&items, &room, (size_t)i + 1, sizeof *items));
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++) assert_int_equal(items[i], i);
    int *before = items;
    assert_false(grow(&items, &room, SIZE_MAX / 2, sizeof *items));
    assert_ptr_equal(items, before);
    free(items);
}

TEST(arena_blocks_are_zeroed_aligned_and_apart) {
    arena a = {0};
    unsigned char *blocks[200];
    for (size_t i = 0; i < 200; i++) {
        size_t bytes = i * 37 % 300 + (i == 100 ? 100000 : 1);
        blocks[i] = arena_take(&a, bytes);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        for (size_t j = 0; j < bytes; j++) assert_int_equal(blocks[i][j], 0);
        memset(blocks[i], (int)i + 1, bytes);
    }
    for (size_t i = 0; i < 200; i++) assert_int_equal(blocks[i][0], i + 1);
    char *text = arena_text(&a, "dense/kernel");
    assert_string_equal(text, "dense/kernel");
    assert_memory_equal(arena_copy(&a, "abc", 3), "abc", 3);
    assert_null(arena_take(&a, SIZE_MAX - 4));
    arena_free(&a);
    assert_non_null(arena_take(&a, 1)); /* usable again */
    arena_free(&a);
}

TEST(a_cleared_arena_keeps_its_room_and_gives_zeroes) {
    arena a = {0};
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < 50; i++) {
            char *block = arena_take(&a, 1000);
            for (int k = 0; k < 1000; k++) assert_int_equal(block[k], 0);
            memset(block, 7, 1000);
        }
        arena_clear(&a);
    }
    const void *kept = a.chunks;
    arena_take(&a, 50000);
    assert_ptr_equal(a.chunks, kept);
    arena_take(&a, (size_t)8 << 20);
    arena_clear(&a); /* too much to keep */
    assert_null(a.chunks);
    arena_free(&a);
}

RUN_TESTS(UNIT(a_cleared_arena_keeps_its_room_and_gives_zeroes),
          UNIT(allocate_zeroes_and_refuses_overflow),
          UNIT(aligned_blocks_are_aligned_at_every_size), UNIT(large_blocks_are_used_again),
          UNIT(grow_keeps_what_is_there), UNIT(arena_blocks_are_zeroed_aligned_and_apart))
