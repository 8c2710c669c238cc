/* The tables of a lookup from the vocabulary of its options: see index_lookup.h. */
#include "layer/index_lookup.h"

#include <stdlib.h>
#include <string.h>

bool index_has_mask(const index_lookup *o) {
    return o->texts ? o->mask_text != NULL : o->mask_token != NO_INTEGER;
}

int64_t index_oov_start(const index_lookup *o) {
    return index_has_mask(o) && !strcmp(o->output_mode, "int");
}

int64_t index_token_start(const index_lookup *o) { return index_oov_start(o) + o->num_oov_indices; }

int64_t index_depth(const mica_layer *l, const index_lookup *o) {
    if (o->pad_to_max_tokens) return o->max_tokens;
    return index_token_start(o) + l->table[TABLE_KEYS]->shape.dims[0];
}

/* A token, of one of the types, and its place in the vocabulary. */
typedef struct token {
    int64_t value, place;
    mica_string text; /* its bytes are the tree's */
} token;

static int compare_tokens(const token *x, const token *y) {
    if (x->text.bytes) return string_order(&x->text, &y->text);
    return (x->value > y->value) - (x->value < y->value);
}

static int by_value(const void *a, const void *b) {
    const token *x = a, *y = b;
    int order = compare_tokens(x, y);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* Whether an entry of the vocabulary is a special token, which is a number or a text (NULL and
 * NO_INTEGER: there is none). */
static bool is_special(const index_lookup *o, const json_t *item, int64_t number,
                       const char *text) {
    if (!o->texts)
        return number != NO_INTEGER && json_is_integer(item) && json_integer_value(item) == number;
    return text && json_is_string(item) && json_string_length(item) == strlen(text) &&
           !strcmp(json_string_value(item), text);
}

/* Whether the list begins with the mask's and the other special tokens. */
static bool has_specials(const index_lookup *o, const json_t *list) {
    int64_t oov = index_oov_start(o), start = index_token_start(o);
    if ((int64_t)json_array_size(list) < start) return false;
    for (int64_t i = 0; i < start; i++) {
        const json_t *item = json_array_get(list, (size_t)i);
        if (!(i < oov ? is_special(o, item, o->mask_token, o->mask_text)
                      : is_special(o, item, o->oov_token, o->oov_text)))
            return false;
    }
    return true;
}

static mica_status refuse_special(const json_t *list, const char *which, int64_t place,
                                  const char *what, mica_error *err) {
    char shown[CONFIG_SHOWN];
    return fail(err, MICA_VALUE,
                "%s: vocabulary has the %s %s at place %lld, expected special tokens at the start, "
                "in their order, or not at all",
                what, which, config_show(json_array_get(list, (size_t)place), shown),
                (long long)place);
}

static mica_status check_tokens(const index_lookup *o, const json_t *list, const token *sorted,
                                int64_t n, const char *what, mica_error *err) {
    char shown[CONFIG_SHOWN];
    for (int64_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, (size_t)sorted[i].place);
        if (i > 0 && !compare_tokens(&sorted[i], &sorted[i - 1]))
            return fail(err, MICA_VALUE, "%s: vocabulary has %s twice, at places %lld and %lld",
                        what, config_show(item, shown), (long long)sorted[i - 1].place,
                        (long long)sorted[i].place);
        if (is_special(o, item, o->mask_token, o->mask_text))
            return refuse_special(list, "mask_token", sorted[i].place, what, err);
        if (o->invert && is_special(o, item, o->oov_token, o->oov_text))
            return refuse_special(list, "oov_token", sorted[i].place, what, err);
    }
    int64_t size = index_token_start(o) + n;
    if (o->max_tokens != NO_INTEGER && size > o->max_tokens)
        return fail(err, MICA_VALUE,
                    "%s: vocabulary has %lld tokens with the special ones, max_tokens is %lld",
                    what, (long long)size, (long long)o->max_tokens);
    return MICA_OK;
}

static mica_status read_tokens(const index_lookup *o, const json_t *list, int64_t skip, token *out,
                               const char *what, mica_error *err) {
    for (size_t i = (size_t)skip; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        char shown[CONFIG_SHOWN];
        if (o->texts ? !json_is_string(item) : !json_is_integer(item))
            return fail(err, MICA_VALUE, "%s: vocabulary has %s at place %zu, expected %s", what,
                        config_show(item, shown), i, o->texts ? "strings" : "whole numbers");
        token *t = &out[i - (size_t)skip];
        *t = (token){.place = (int64_t)i, .value = (int64_t)json_integer_value(item)};
        if (o->texts) t->text = (mica_string){json_string_value(item), json_string_length(item)};
    }
    return MICA_OK;
}

/* The tokens as a tensor of their type. */
static mica_tensor *tensor_of(mica_context *ctx, const index_lookup *o, const token *tokens,
                              int64_t n) {
    shape s = MICA_SHAPE(n);
    mica_tensor *t = tensor_alloc(ctx, o->texts ? MICA_STRING : MICA_INT64, &s);
    for (int64_t i = 0; i < n && t->kind != TENSOR_POISON; i++) {
        if (o->texts) ((mica_string *)tensor_bytes(t))[i] = tokens[i].text;
        else ((int64_t *)tensor_bytes(t))[i] = tokens[i].value;
    }
    if (tensor_own_texts(t)) return t;
    context_fail(ctx, MICA_MEMORY, "a vocabulary of %lld tokens", (long long)n);
    return tensor_poison(ctx);
}

/* Numbers to tokens: those of the vocabulary in their order; 0 is the mask's, where there is one.
 */
static mica_status set_inverse(mica_layer *l, const index_lookup *o, token *tokens, int64_t n,
                               mica_error *err) {
    int64_t start = index_token_start(o), special = index_has_mask(o);
    memmove(tokens + special, tokens, (size_t)n * sizeof *tokens);
    if (special) {
        *tokens = (token){.value = o->mask_token};
        if (o->texts) tokens->text = (mica_string){o->mask_text, strlen(o->mask_text)};
    }
    mica_tensor *values = tensor_of(l->ctx, o, tokens, special + n);
    mica_tensor *keys = tensor_alloc(l->ctx, MICA_INT64, &MICA_SHAPE(special + n));
    TRY(mica_check(l->ctx, err));
    for (int64_t i = 0; i < special + n; i++)
        ((int64_t *)tensor_bytes(keys))[i] = i < special ? 0 : start + i - special;
    layer_set_table(l, TABLE_KEYS, keys);
    layer_set_table(l, TABLE_VALUES, values);
    return MICA_OK;
}

/* Tokens, sorted, to numbers. */
static mica_status set_table(mica_layer *l, const index_lookup *o, const token *sorted, int64_t n,
                             int64_t first, mica_error *err) {
    int64_t start = index_token_start(o);
    mica_tensor *keys = tensor_of(l->ctx, o, sorted, n);
    mica_tensor *values = tensor_alloc(l->ctx, MICA_INT64, &MICA_SHAPE(n));
    TRY(mica_check(l->ctx, err));
    for (int64_t i = 0; i < n; i++)
        ((int64_t *)tensor_bytes(values))[i] = start + sorted[i].place - first;
    layer_set_table(l, TABLE_KEYS, keys);
    layer_set_table(l, TABLE_VALUES, values);
    return MICA_OK;
}

static mica_status load_vocabulary(mica_layer *l, const index_lookup *o, const json_t *list,
                                   bool specials, const char *what, mica_error *err) {
    size_t size = json_array_size(list);
    int64_t skip = specials ? index_token_start(o) : 0, n = (int64_t)size - skip;
    token *tokens = allocate(2 * size + 2, sizeof *tokens), *sorted = tokens + size + 1;
    if (!tokens) return fail_memory(err, size * sizeof *tokens, what);
    mica_status status = read_tokens(o, list, skip, tokens, what, err);
    if (status == MICA_OK) {
        memcpy(sorted, tokens, (size_t)n * sizeof *tokens);
        qsort(sorted, (size_t)n, sizeof *sorted, by_value);
        status = check_tokens(o, list, sorted, n, what, err);
    }
    if (status == MICA_OK)
        status = o->invert ? set_inverse(l, o, tokens, n, err)
                           : set_table(l, o, sorted, n, skip, err);
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
    if (o->salt[0] != NO_INTEGER && !o->texts && strcmp(o->oov_method, "farmhash"))
        return fail(err, MICA_VALUE, "%s: salt with oov_method '%s', expected 'farmhash'", what,
                    o->oov_method);
    return MICA_OK;
}

mica_status index_lookup_complete(mica_layer *l, const index_lookup *o, mica_error *err) {
    char what[160];
    if (l->given_name) snprintf(what, sizeof what, "layer %s", l->name);
    else snprintf(what, sizeof what, "%s", l->kind->name);
    TRY(vocabulary_read_option(l, o, what, err));
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
