/* Adapting a lookup: counts the tokens of the data, and makes the most frequent its vocabulary; of
 * equally frequent ones the greater comes first. The weight of a token for tf_idf is
 * log(1 + rows / (1 + rows that have it)). Source: keras.src.layers.preprocessing.index_lookup. */
#include "base/index.h"
#include "base/strbuf.h"
#include "layer/index_lookup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 4096

typedef struct entry {
    int64_t number, count, rows, last_row;
    mica_string text; /* of a lookup of texts, in the arena; else no bytes */
} entry;

typedef struct counting {
    hash_index index;
    entry *entries;
    size_t count, room;
    arena texts;
    strbuf token; /* of a text, while it is counted */
} counting;

static bool same_token(const entry *a, const entry *b) {
    return a->text.bytes ? !string_order(&a->text, &b->text) : a->number == b->number;
}

/* Its bytes and a zero, so that an empty text has bytes too. */
static const char *copy_of(arena *a, const mica_string *text) {
    char *copy = arena_take(a, text->size + 1);
    if (copy) memcpy(copy, text->bytes, text->size);
    return copy;
}

/* The entry of a token, which is made where there is none yet; NULL without memory. */
static entry *entry_of(counting *c, entry token) {
    uint64_t hash = token.text.bytes ? hash_bytes(HASH_BEGIN, token.text.bytes, token.text.size)
                                     : hash_bytes(HASH_BEGIN, &token.number, sizeof token.number);
    size_t at = 0;
    for (int n; (n = index_next(&c->index, hash, &at)) >= 0;)
        if (same_token(&token, &c->entries[n])) return &c->entries[n];
    bool is_text = token.text.bytes != NULL;
    if (is_text) token.text.bytes = copy_of(&c->texts, &token.text);
    if (c->count >= INT32_MAX || (is_text && !token.text.bytes) ||
        !grow(&c->entries, &c->room, c->count + 1, sizeof *c->entries) ||
        !index_add(&c->index, hash, (int)c->count))
        return NULL;
    c->entries[c->count] = token;
    return &c->entries[c->count++];
}

static bool count_token(counting *c, entry token, int64_t row) {
    token.last_row = -1;
    entry *e = entry_of(c, token);
    if (!e) return false;
    e->count++;
    if (e->last_row != row) e->rows++;
    e->last_row = row;
    return true;
}

/* The tokens of a row of texts. */
static bool count_texts(counting *c, const text_rule *rule, const mica_string *row, int64_t texts,
                        int64_t number) {
    text_grams g = text_grams_of(rule, row, texts);
    for (text_gram token; text_next_gram(&g, &token);) {
        c->token.length = 0;
        strbuf_put(&c->token, "", 0); /* an empty one has bytes too */
        for (int byte; (byte = text_gram_byte(&token)) >= 0;)
            strbuf_put(&c->token, &(char){(char)byte}, 1);
        if (c->token.failed ||
            !count_token(c, (entry){.text = {c->token.data, c->token.length}}, number))
            return false;
    }
    return true;
}

static bool count_rows(counting *c, const index_lookup *o, const void *x, int64_t first,
                       int64_t rows, int64_t each) {
    for (int64_t i = 0; i < rows && o->rule; i++)
        if (!count_texts(c, o->rule, (const mica_string *)x + i * each, each, first + i))
            return false;
    for (int64_t i = 0; i < rows * each && !o->rule; i++) {
        entry token = {0};
        if (o->texts) token.text = ((const mica_string *)x)[i];
        else token.number = ((const int64_t *)x)[i];
        if (!count_token(c, token, first + i / each)) return false;
    }
    return true;
}

static mica_status count_all(counting *c, const index_lookup *o, const mica_dataset *d,
                             mica_error *err) {
    mica_dtype dtype = o->texts ? MICA_STRING : MICA_INT64;
    int at = dataset_column(d, COLUMN_INPUT, 0);
    int64_t each = shape_size(&d->column[at].shape), step = each < CHUNK ? CHUNK / each : 1;
    uint32_t *rows = allocate((size_t)step, sizeof *rows);
    void *x = allocate((size_t)(step * each), mica_dtype_size(dtype));
    bool made = rows && x;
    mica_status status = MICA_OK;
    for (int64_t first = 0; first < d->rows && status == MICA_OK && made; first += step) {
        int64_t n = d->rows - first < step ? d->rows - first : step;
        for (int64_t i = 0; i < n; i++) rows[i] = (uint32_t)(first + i);
        status = d->gather(d, at, rows, n, dtype, x, err);
        if (status == MICA_OK) made = count_rows(c, o, x, first, n, each);
    }
    free(rows), free(x);
    return made ? status
                : fail_memory(err, (size_t)(step * each) * mica_dtype_size(dtype), "a vocabulary");
}

static int by_frequency(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    if (x->text.bytes) return string_order(&y->text, &x->text);
    return (x->number < y->number) - (x->number > y->number);
}

static bool says(const mica_string *text, const char *special) {
    return special && text->size == strlen(special) && !memcmp(text->bytes, special, text->size);
}

static bool is_special(const index_lookup *o, const entry *e) {
    if (o->texts) return says(&e->text, o->mask_text) || says(&e->text, o->oov_text);
    return e->number == o->mask_token || e->number == o->oov_token;
}

/* The tokens that are kept, in their order: how many. */
static size_t choose(counting *c, const index_lookup *o) {
    size_t kept = 0, most = SIZE_MAX;
    for (size_t i = 0; i < c->count; i++)
        if (!is_special(o, &c->entries[i])) c->entries[kept++] = c->entries[i];
    qsort(c->entries, kept, sizeof *c->entries, by_frequency);
    int64_t room = o->max_tokens - index_token_start(o);
    if (o->max_tokens != NO_INTEGER) most = room > 0 ? (size_t)room : 0;
    return kept < most ? kept : most;
}

/* Text of a list into the options. */
static bool keep_text(mica_layer *l, const char **option, json_t *list) {
    char *text = config_text(list), *kept = text ? arena_text(&l->arena, text) : NULL;
    json_decref(list);
    free(text);
    if (kept) *option = kept;
    return kept != NULL;
}

static bool keep(mica_layer *l, const index_lookup *o, const counting *c, size_t n, int64_t rows) {
    json_t *tokens = json_array(), *weights = json_array();
    for (size_t i = 0; i < n; i++) {
        const entry *e = &c->entries[i];
        double weight = log(1 + (double)rows / (double)(1 + e->rows));
        json_array_append_new(tokens, o->texts ? json_stringn(e->text.bytes, e->text.size)
                                               : json_integer(e->number));
        json_array_append_new(weights, json_real((float)weight));
    }
    bool kept = keep_text(l, o->vocabulary, tokens);
    if (!strcmp(o->output_mode, "tf_idf")) return keep_text(l, o->idf_weights, weights) && kept;
    json_decref(weights);
    return kept;
}

static mica_status adopt(mica_layer *l, const index_lookup *o, counting *c, int64_t rows,
                         mica_error *err) {
    size_t n = choose(c, o);
    int64_t depth = o->pad_to_max_tokens ? o->max_tokens : index_token_start(o) + (int64_t)n;
    bool wide = strcmp(o->output_mode, "int") != 0;
    if (n == 0)
        return fail(err, MICA_VALUE, "layer %s: the data has no tokens but the special ones",
                    l->name);
    if (l->built && wide && depth != index_depth(l, o))
        return fail(err, MICA_STATE,
                    "layer %s: adapting gives %lld tokens, but what comes after it was built for "
                    "%lld",
                    l->name, (long long)depth, (long long)index_depth(l, o));
    for (size_t i = 0; i < n && o->texts; i++) {
        const mica_string *text = &c->entries[i].text;
        json_t *tree = json_stringn(text->bytes, text->size);
        json_decref(tree);
        if (!tree)
            return fail(err, MICA_VALUE, "layer %s: the data has '%.*s', which is not UTF-8",
                        l->name, (int)(text->size < 40 ? text->size : 40), text->bytes);
    }
    if (!keep(l, o, c, n, rows)) return fail_memory(err, n * sizeof(entry), "a vocabulary");
    return index_lookup_complete(l, o, err);
}

mica_status index_lookup_adapt(mica_layer *l, const index_lookup *o, const mica_dataset *d,
                               mica_error *err) {
    counting c = {0};
    if (*o->vocabulary && !l->adapted)
        return fail(err, MICA_STATE, "layer %s: its vocabulary is given, expected none to adapt",
                    l->name);
    mica_status status = count_all(&c, o, d, err);
    if (status == MICA_OK) status = adopt(l, o, &c, d->rows, err);
    index_free(&c.index);
    arena_free(&c.texts);
    strbuf_free(&c.token);
    free(c.entries);
    return status;
}
