/* Classes of the parts of a split: see split_shares.h. */
#include "cli/split_shares.h"

#include <stdlib.h>

enum { SHOWN = 6 };

static bool count_row(json_t *counts, const mica_table *t, int column, int64_t row, char **text,
                      size_t *room) {
    char own[256], *name = own;
    size_t length = mica_table_text(t, column, row, own, sizeof own);
    if (length >= sizeof own) {
        if (!grow(text, room, length + 1, 1)) return false;
        mica_table_text(t, column, row, name = *text, length + 1);
    }
    json_t *count = json_object_get(counts, name);
    if (count) return json_integer_set(count, json_integer_value(count) + 1) == 0;
    return json_object_set_new(counts, name, json_integer(1)) == 0;
}

static mica_status put(table_sink *sink, mica_table *block, mica_error *err) {
    counted_sink *s = sink->state;
    char *text = NULL;
    size_t room = 0;
    bool counted = true;
    for (int64_t i = 0; i < mica_table_rows(block) && counted; i++)
        counted = count_row(s->counts, block, s->column, i, &text, &room);
    free(text);
    if (counted) return s->to->put(s->to, block, err);
    mica_table_destroy(&block);
    return fail_no_memory(err, "split");
}

table_sink *counted_open(counted_sink *s, int column, table_sink *to) {
    *s = (counted_sink){.to = to, .column = column, .counts = json_object()};
    s->sink = (table_sink){s, put};
    return &s->sink;
}

void counted_close(counted_sink *s) {
    json_decref(s->counts);
    s->counts = NULL;
}

/* The most frequent value that is not told yet; told ones are negative. */
static const char *next_class(json_t *counts) {
    const char *key, *best = NULL;
    json_t *value;
    json_int_t most = 0;
    json_object_foreach(counts, key, value) if (json_integer_value(value) > most)
        most = json_integer_value(value),
        best = key;
    return best;
}

void print_shares(const json_t *counts, int64_t rows) {
    json_t *left = json_deep_copy(counts);
    const char *name;
    for (int i = 0; (name = next_class(left)); i++) {
        if (i == SHOWN) {
            printf(", …");
            break;
        }
        double share = (double)json_integer_value(json_object_get(left, name)) / (double)rows;
        printf("%s%s %.1f %%", i ? ", " : ": ", *name ? name : "(missing)", 100 * share);
        json_object_set_new(left, name, json_integer(-1));
    }
    printf("\n");
    json_decref(left);
}
