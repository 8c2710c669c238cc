/* Dictionaries: each text once, whatever its length. */
#include "table/dictionary.h"

#include "support/testing.h"

TEST(dictionary_numbers_texts_by_their_first_coming) {
    enum { TEXTS = 5000, MARGIN = 8, EACH = 64 };
    char *room = calloc(TEXTS, EACH);
    dictionary d = {0};
    table_texts texts;
    assert_non_null(room);
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < TEXTS; i++) {
            char *at = room + i * EACH + MARGIN;
            size_t n = (size_t)snprintf(at, EACH - MARGIN, "%.*s%d", i % 30,
                                        "an often repeated long begin ..", i);
            memset(room + i * EACH, turn ? 'y' : 'n', MARGIN); /* what is before does not count */
            assert_int_equal(dictionary_add(&d, text_hash(at, n), at, n), i);
        }
    assert_int_equal(dictionary_add(&d, text_hash(room + 8, 0), room + 8, 0), TEXTS);
    assert_true(dictionary_texts(&d, &texts));
    assert_int_equal(texts.count, TEXTS + 1);
    for (int i = 0; i < TEXTS; i++) {
        size_t n;
        const char *at = text_at(&texts, i, &n);
        assert_memory_equal(at, room + i * EACH + MARGIN, n);
    }
    free(texts.offset);
    free(texts.bytes);
    dictionary_free(&d);
    free(room);
}

RUN_TESTS(UNIT(dictionary_numbers_texts_by_their_first_coming))
