/* Calling a lookup: see index_lookup.h. Source: keras.src.layers.preprocessing.index_lookup. */
#include "layer/index_lookup.h"

#include "mica/categories.h"
#include "op/emit.h"
#include "op/found.h"

#include <string.h>

const char *const index_lookup_ignored[] = {"vocabulary_size", "vocabulary_dtype",
                                            "has_input_vocabulary", NULL};
const char *const oov_methods[] = {"floormod", "farmhash", NULL};

static const char no_vocabulary[] = "it has no vocabulary yet: adapt it to data, or give one";

mica_status index_lookup_build(mica_layer *l, const index_lookup *o, mica_error *err) {
    if (*o->vocabulary || !strcmp(o->output_mode, "int") || o->pad_to_max_tokens) return MICA_OK;
    return fail(err, MICA_STATE, "%s", no_vocabulary);
}

bool index_lookup_ready(mica_layer *l) {
    if (l->table[TABLE_KEYS]->shape.dims[0] || emitter_tracing(emitter_of(l->ctx))) return true;
    context_fail(l->ctx, MICA_STATE, "%s", no_vocabulary);
    return false;
}

mica_tensor *index_lookup_weights(mica_layer *l, const index_lookup *o) {
    if (l->table[TABLE_WEIGHTS]) return l->table[TABLE_WEIGHTS];
    return mica_zeros(l->ctx, MICA_FLOAT32, MICA_SHAPE(index_depth(l, o)));
}

static mica_tensor *whole(mica_context *ctx, int64_t value) {
    return mica_tensor_new(ctx, MICA_INT64, MICA_SCALAR, &value);
}

/* A special token as a scalar. */
static mica_tensor *special(mica_layer *l, const index_lookup *o, int64_t number,
                            const char *text) {
    return o->texts ? mica_strings(l->ctx, MICA_SCALAR, &text) : whole(l->ctx, number);
}

/* The number of a token that is not in the vocabulary, where there are several. */
static mica_tensor *spread(const index_lookup *o, mica_tensor *x) {
    int64_t n = o->num_oov_indices;
    mica_tensor *y = !o->texts && strcmp(o->oov_method, "farmhash")
                         ? mica_floor_mod(x, whole(x->ctx, n))
                         : mica_hash_bucket(x, n, o->salt[0] == NO_INTEGER ? NULL : o->salt);
    return mica_add(y, whole(x->ctx, index_oov_start(o)));
}

static mica_tensor *yes(mica_context *ctx) { return mica_ones(ctx, MICA_BOOL, MICA_SHAPE(1)); }
static mica_tensor *no(mica_context *ctx) { return mica_zeros(ctx, MICA_BOOL, MICA_SCALAR); }

static mica_tensor *numbers(mica_layer *l, const index_lookup *o, mica_tensor *x) {
    int64_t missing = o->num_oov_indices == 1 ? index_oov_start(o) : -1;
    bool is_int = !strcmp(o->output_mode, "int");
    mica_tensor *y = mica_lookup(x, l->table[TABLE_KEYS], l->table[TABLE_VALUES],
                                 whole(l->ctx, missing));
    if (o->num_oov_indices > 1) y = mica_where(mica_less(y, whole(l->ctx, 0)), spread(o, x), y);
    mica_tensor *nothing = index_has_mask(o) ? special(l, o, o->mask_token, o->mask_text) : NULL;
    if (nothing) /* outside of "int" nobody counts it */
        y = mica_where(
            mica_lookup(x, mica_reshape(nothing, MICA_SHAPE(1)), yes(l->ctx), no(l->ctx)),
            whole(l->ctx, is_int ? 0 : INT64_MAX), y);
    return o->num_oov_indices ? y : require_found(y, x);
}

void index_lookup_call(mica_layer *l, const index_lookup *o, layer_frame *f) {
    bool texts = o->texts && !o->invert;
    if (texts && f->in[0]->dtype != MICA_STRING) {
        context_fail(l->ctx, MICA_TYPE, "input of %s, expected strings",
                     mica_dtype_name(f->in[0]->dtype));
        f->out[0] = tensor_poison(l->ctx);
        return;
    }
    if (!index_lookup_ready(l)) {
        f->out[0] = tensor_poison(l->ctx);
        return;
    }
    mica_tensor *x = texts ? f->in[0] : mica_cast(f->in[0], MICA_INT64);
    if (o->invert) {
        f->out[0] = mica_lookup(x, l->table[TABLE_KEYS], l->table[TABLE_VALUES],
                                special(l, o, o->oov_token, o->oov_text));
        return;
    }
    bool tf_idf = !strcmp(o->output_mode, "tf_idf");
    mica_tensor *y = encode_categories(numbers(l, o, x), tf_idf ? "count" : o->output_mode,
                                       index_depth(l, o), MICA_INT64, NULL);
    f->out[0] = tf_idf ? mica_multiply(mica_cast(y, MICA_FLOAT32), index_lookup_weights(l, o)) : y;
}
