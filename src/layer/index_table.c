/* The tables of a lookup from the vocabulary of its options: see index_lookup.h. */
#include "layer/index_lookup.h"

#include <stdlib.h>
#include <string.h>

int64_t index_oov_start(const index_lookup *o) {
    return o->mask_token != NO_INTEGER && !strcmp(o->output_mode, "int");
}

int64_t index_token_start(const index_lookup *o) { return index_oov_start(o) + o->num_oov_indices; }

int64_t index_depth(const mica_layer *l, const index_lookup *o) {
    if (o->pad_to_max_tokens) return o->max_tokens;
    return index_token_start(o) + l->table[TABLE_KEYS]->shape.dims[0];
}

/* A token and its place in the vocabulary. */
typedef struct token {
    int64_t value, place;
} token;

static int by_value(const void *a, const void *b) {
    const token *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* Whether the list begins with the mask's and the other special tokens. */
static bool has_specials(const index_lookup *o, const json_t *list) {
    int64_t oov = index_oov_start(o), start = index_token_start(o);
    if ((int64_t)json_array_size(list) < start) return false;
    for (int64_t i = 0; i < start; i++) {
        int64_t special = i < oov ? o->mask_token : o->oov_token;
        if (special == NO_INTEGER || json_integer_value(json_array_get(list, (size_t)i)) != special)
            return false;
    }
    return true;
}

static mica_status check_tokens(const index_lookup *o, const token *sorted, int64_t n,
                                const char *what, mica_error *err) {
    for (int64_t i = 0; i < n; i++) {
        if (i > 0 && sorted[i].value == sorted[i - 1].value)
            return fail(err, MICA_VALUE, "%s: vocabulary has %lld twice, at places %lld and %lld",
                        what, (long long)sorted[i].value, (long long)sorted[i - 1].place,
                        (long long)sorted[i].place);
        if (sorted[i].value == o->mask_token)
            return fail(err, MICA_VALUE,
                        "%s: vocabulary has the mask_token %lld at place %lld, expected special "
                        "tokens at the start, in their order, or not at all",
                        what, (long long)o->mask_token, (long long)sorted[i].place);
        if (o->invert && sorted[i].value == o->oov_token)
            return fail(err, MICA_VALUE,
                        "%s: vocabulary has the oov_token %lld at place %lld, expected special "
                        "tokens at the start, in their order, or not at all",
                        what, (long long)o->oov_token, (long long)sorted[i].place);
    }
    int64_t size = index_token_start(o) + n;
    if (o->max_tokens != NO_INTEGER && size > o->max_tokens)
        return fail(err, MICA_VALUE,
                    "%s: vocabulary has %lld tokens with the special ones, max_tokens is %lld",
                    what, (long long)size, (long long)o->max_tokens);
    return MICA_OK;
}

static mica_status read_tokens(const json_t *list, int64_t skip, token *out, const char *what,
                               mica_error *err) {
    for (size_t i = (size_t)skip; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        char shown[CONFIG_SHOWN];
        if (!json_is_integer(item))
            return fail(err, MICA_VALUE,
                        "%s: vocabulary has %s at place %zu, expected whole "
                        "numbers",
                        what, config_show(item, shown), i);
        out[i - (size_t)skip] = (token){(int64_t)json_integer_value(item), (int64_t)i};
    }
    return MICA_OK;
}

/* Keys to numbers, or numbers to tokens. */
static mica_status set_tables(mica_layer *l, const index_lookup *o, token *tokens, int64_t n,
                              const char *what, mica_error *err) {
    int64_t start = index_token_start(o);
    mica_tensor *keys = tensor_alloc(l->ctx, MICA_INT64, &MICA_SHAPE(n));
    mica_tensor *values = tensor_alloc(l->ctx, MICA_INT64, &MICA_SHAPE(n));
    TRY(mica_check(l->ctx, err));
    int64_t *key = tensor_bytes(keys), *value = tensor_bytes(values);
    for (int64_t i = 0; i < n && o->invert; i++) key[i] = start + i, value[i] = tokens[i].value;
    int64_t first = n ? tokens[0].place : 0;
    qsort(tokens, (size_t)n, sizeof *tokens, by_value);
    for (int64_t i = 0; i < n && !o->invert; i++)
        key[i] = tokens[i].value, value[i] = start + tokens[i].place - first;
    mica_status status = check_tokens(o, tokens, n, what, err);
    if (status != MICA_OK) {
        mica_tensor_destroy(&keys), mica_tensor_destroy(&values);
        return status;
    }
    layer_set_table(l, TABLE_KEYS, keys);
    layer_set_table(l, TABLE_VALUES, values);
    return MICA_OK;
}

static mica_status load_vocabulary(mica_layer *l, const index_lookup *o, const json_t *list,
                                   bool specials, const char *what, mica_error *err) {
    size_t size = json_array_size(list);
    int64_t skip = specials ? index_token_start(o) : 0, n = (int64_t)size - skip;
    token *tokens = allocate(size + 1, sizeof *tokens);
    if (!tokens) return fail_memory(err, size * sizeof *tokens, what);
    mica_status status = read_tokens(list, skip, tokens, what, err);
    if (status == MICA_OK) status = set_tables(l, o, tokens, n, what, err);
    free(tokens);
    return status;
}

/* A weight for every number of the output: special tokens, where the list has not them, the mean
 * of all; padding 0. */
static mica_status load_weights(mica_layer *l, const index_lookup *o, size_t tokens, bool specials,
                                const char *what, mica_error *err) {
    json_t *list = json_loads(*o->idf_weights, JSON_DECODE_ANY, NULL);
    size_t n = json_array_size(list), front = specials ? 0 : (size_t)index_token_start(o);
    double sum = 0;
    bool numbers = json_is_array(list);
    for (size_t i = 0; i < n && numbers; i++) {
        numbers = json_is_number(json_array_get(list, i));
        sum += json_number_value(json_array_get(list, i));
    }
    mica_status status = MICA_OK;
    if (!numbers) status = fail(err, MICA_VALUE, "%s: idf_weights is no list of numbers", what);
    else if (n != tokens)
        status = fail(err, MICA_VALUE, "%s: %zu idf_weights, expected one for each of %zu tokens",
                      what, n, tokens);
    if (status == MICA_OK) {
        mica_tensor *t = mica_zeros(l->ctx, MICA_FLOAT32, MICA_SHAPE(index_depth(l, o)));
        status = mica_check(l->ctx, err);
        float *weight = status == MICA_OK ? tensor_bytes(t) : NULL;
        for (size_t i = 0; i < front && weight; i++) weight[i] = (float)(sum / (double)n);
        for (size_t i = 0; i < n && weight; i++)
            weight[front + i] = (float)json_number_value(json_array_get(list, i));
        if (weight) layer_set_table(l, TABLE_WEIGHTS, t);
    }
    json_decref(list);
    return status;
}

static mica_status check_options(const index_lookup *o, const char *what, mica_error *err) {
    bool tf_idf = !strcmp(o->output_mode, "tf_idf");
    if (o->pad_to_max_tokens && o->max_tokens == NO_INTEGER)
        return fail(err, MICA_VALUE, "%s: pad_to_max_tokens without max_tokens", what);
    if (o->invert && strcmp(o->output_mode, "int"))
        return fail(err, MICA_VALUE, "%s: output_mode is '%s' with invert, expected 'int'", what,
                    o->output_mode);
    if (*o->idf_weights && !tf_idf)
        return fail(err, MICA_VALUE, "%s: idf_weights with output_mode '%s', expected 'tf_idf'",
                    what, o->output_mode);
    if (*o->idf_weights && !*o->vocabulary)
        return fail(err, MICA_VALUE, "%s: idf_weights without a vocabulary", what);
    if (*o->vocabulary && tf_idf && !*o->idf_weights)
        return fail(err, MICA_VALUE,
                    "%s: a vocabulary without idf_weights, expected both for "
                    "output_mode 'tf_idf'",
                    what);
    if (o->salt[0] != NO_INTEGER && strcmp(o->oov_method, "farmhash"))
        return fail(err, MICA_VALUE, "%s: salt with oov_method '%s', expected 'farmhash'", what,
                    o->oov_method);
    return MICA_OK;
}

mica_status index_lookup_complete(mica_layer *l, const index_lookup *o, mica_error *err) {
    char what[160];
    if (l->given_name) snprintf(what, sizeof what, "layer %s", l->name);
    else snprintf(what, sizeof what, "%s", l->kind->name);
    TRY(check_options(o, what, err));
    json_t *list = *o->vocabulary ? json_loads(*o->vocabulary, JSON_DECODE_ANY, NULL)
                                  : json_array();
    mica_status status = MICA_OK;
    bool specials = has_specials(o, list);
    if (*o->vocabulary && json_array_size(list) == 0)
        status = fail(err, MICA_VALUE, "%s: vocabulary is '%.60s', expected a list of tokens", what,
                      *o->vocabulary);
    if (status == MICA_OK)
        status = load_vocabulary(l, o, list, specials && *o->vocabulary, what, err);
    if (status == MICA_OK && *o->idf_weights)
        status = load_weights(l, o, json_array_size(list), specials, what, err);
    json_decref(list);
    return status;
}
