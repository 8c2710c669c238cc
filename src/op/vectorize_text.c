/* vectorize_text: y[b] = the numbers of the tokens of row b of texts, or which numbers are among
 * them: see vectorize_text.h. Tokens are compared where they lie. Gradient: zero.
 * Source: keras.layers.TextVectorization. */
#include "op/vectorize_text.h"
#include "op/array.h"

enum { X, KEYS, VALUES };

/* The most tokens that a row has; texts that are not known: an error. */
static mica_status longest_row(shape_frame *f, int64_t *out) {
    const vectorize_text_attrs *a = f->attrs;
    const mica_tensor *x = f->in[X].value;
    if (!x || (x->kind != TENSOR_CONCRETE && x->kind != TENSOR_VARIABLE) || !tensor_contiguous(x))
        return value_fail(f, "the length of a row is not known, %s",
                          "expected an output_sequence_length, which models need");
    const mica_string *texts = tensor_bytes(x);
    *out = 0;
    for (int64_t i = 0; i < x->shape.dims[0]; i++) {
        int64_t n = x->shape.dims[1], count = text_gram_count(&a->rule, texts + i * n, n);
        if (count > *out) *out = count;
    }
    return MICA_OK;
}

static mica_status vectorize_text_shape(shape_frame *f) {
    const vectorize_text_attrs *a = f->attrs;
    if (f->in[X].dtype != MICA_STRING || f->in[KEYS].dtype != MICA_STRING ||
        f->in[VALUES].dtype != MICA_INT64)
        return type_fail(f, "x is %s, keys %s, values %s, expected string, string and int64",
                         mica_dtype_name(f->in[X].dtype), mica_dtype_name(f->in[KEYS].dtype),
                         mica_dtype_name(f->in[VALUES].dtype));
    TRY(require_rank_between(f, X, 2, 2));
    TRY(require_rank_between(f, KEYS, 1, 1));
    TRY(require_shape(f, VALUES, &f->in[KEYS].shape));
    int64_t length = a->depth > 0 ? a->depth : a->length;
    if (length == WHOLE_TEXT) TRY(longest_row(f, &length));
    f->out[0] = (operand){.dtype = a->depth > 0 ? (mica_dtype)a->dtype : MICA_INT64,
                          .shape = {2, {f->in[X].shape.dims[0], length}}};
    return MICA_OK;
}

/* Below 0: the key comes before the token. */
static int compare(const mica_string *key, text_gram token) {
    for (size_t i = 0;; i++) {
        int c = text_gram_byte(&token);
        if (i == key->size) return c < 0 ? 0 : -1;
        if (c < 0) return 1;
        int k = (unsigned char)key->bytes[i];
        if (k != c) return k < c ? -1 : 1;
    }
}

/* The number of a token; INT64_MAX: nobody counts it. */
static int64_t number_of(const kernel_call *c, text_gram token) {
    const vectorize_text_attrs *a = c->attrs;
    const mica_string *keys = c->in[KEYS];
    const int64_t *values = c->in[VALUES];
    text_gram begin = token;
    if (text_gram_byte(&begin) < 0) return a->depth > 0 ? INT64_MAX : 0;
    int64_t low = 0, high = c->in_info[KEYS].shape.dims[0];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int order = compare(&keys[middle], token);
        if (order == 0) return values[middle];
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return a->depth > 0 ? 0 : 1;
}

static void put_numbers(const kernel_call *c, text_grams *g, int64_t *row, int64_t length) {
    text_gram token;
    int64_t n = 0;
    while (n < length && text_next_gram(g, &token)) row[n++] = number_of(c, token);
    for (; n < length; n++) row[n] = 0;
}

static void mark_numbers(const kernel_call *c, text_grams *g, char *row) {
    const vectorize_text_attrs *a = c->attrs;
    mica_dtype dtype = c->out_info[0].dtype;
    size_t size = mica_dtype_size(dtype);
    memset(row, 0, size * (size_t)a->depth);
    for (text_gram token; text_next_gram(g, &token);) {
        int64_t number = number_of(c, token);
        if (number >= a->depth) continue;
        char *at = row + (size_t)number * size;
        dtype_store(dtype, at, a->counts ? dtype_load(dtype, at) + 1 : 1);
    }
}

static void vectorize_text_reference(const kernel_call *c) {
    const vectorize_text_attrs *a = c->attrs;
    const shape *x = &c->in_info[X].shape, *y = &c->out_info[0].shape;
    size_t row = (size_t)y->dims[1] * mica_dtype_size(c->out_info[0].dtype);
    for (int64_t i = 0; i < y->dims[0]; i++) {
        const mica_string *texts = (const mica_string *)c->in[X] + i * x->dims[1];
        text_grams g = text_grams_of(&a->rule, texts, x->dims[1]);
        char *to = (char *)c->out[0] + (size_t)i * row;
        if (a->depth > 0) mark_numbers(c, &g, to);
        else put_numbers(c, &g, (int64_t *)(void *)to, y->dims[1]);
    }
}

/* Random operands are numbers, and this takes texts alone: tests/op/test_texts.c has its cases. */
static bool vectorize_text_samples(int number, sample *s) { return false; }

static const field vectorize_text_fields[] = {
    INTEGER(vectorize_text_attrs, rule.standardize, .help = "1: lower, 2: strip punctuation"),
    INTEGER(vectorize_text_attrs, rule.split, .help = "0: not, 1: at white space, 2: letters"),
    DIMS(vectorize_text_attrs, rule.ngrams, .help = "how many tokens are one"),
    INTEGER(vectorize_text_attrs, length, .help = "of a row of numbers"),
    INTEGER(vectorize_text_attrs, depth, .help = "above 0: numbers are marked"),
    INTEGER(vectorize_text_attrs, counts, .help = "1: how often, not whether"),
    INTEGER(vectorize_text_attrs, dtype, .help = "of marks"),
    END_OF_FIELDS,
};

const op op_vectorize_text = {.name = "vectorize_text",
                              .inputs = 3,
                              .outputs = 1,
                              .traits = PURE | TEXTS,
                              .fields = vectorize_text_fields,
                              .attrs_size = sizeof(vectorize_text_attrs),
                              .shape = vectorize_text_shape,
                              .reference = vectorize_text_reference,
                              .samples = vectorize_text_samples};

mica_tensor *vectorize_text(mica_tensor *x, mica_tensor *keys, mica_tensor *values,
                            const vectorize_text_attrs *a) {
    return EMIT(&op_vectorize_text, a, x, keys, values);
}
