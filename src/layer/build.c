/* Building a layer: its weights, from the shapes of its inputs. */
#include "layer/layer.h"

#include "base/philox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two models of one context may have layers of the same name: the later one begins elsewhere, while
 * the first has the same weights in every program. */
static uint64_t initial_key(const mica_layer *l, const char *weight_name) {
    int earlier = 0;
    const mica_layer *first = l->ctx->slots[SLOT_LAYERS].data;
    for (const mica_layer *other = first; other; other = other->next)
        earlier += other != l && other->weight_count > 0 && !strcmp(other->name, l->name);
    char purpose[48];
    snprintf(purpose, sizeof purpose, "/%d/%.40s", earlier, weight_name);
    return philox_key(l->key, purpose);
}

static weight *find(mica_layer *l, const char *name) {
    for (size_t i = 0; i < l->weight_count; i++)
        if (!strcmp(l->weights[i].name, name)) return &l->weights[i];
    return NULL;
}

mica_status layer_name_weight(mica_layer *l, weight *w, mica_error *err) {
    size_t length = strlen(l->name) + strlen(w->name) + 2;
    char *full = malloc(length);
    if (!full) return fail_memory(err, length, "weight name");
    snprintf(full, length, "%s/%s", l->name, w->name);
    free(w->variable->variable->name);
    w->variable->variable->name = full;
    return MICA_OK;
}

/* A second build: the new input must ask for the weight that is there. */
static mica_status require_same(const weight *w, const shape *s, mica_error *err) {
    if (shape_equal(&w->variable->shape, s)) return MICA_OK;
    char found[128], wanted[128];
    shape_format(&w->variable->shape, found), shape_format(s, wanted);
    return fail(err, MICA_SHAPE, "this input needs a %s of shape %s, but the layer has %s", w->name,
                wanted, found);
}

/* A weight that a file will fill is made only where the file has that many numbers. */
static mica_status take_room(mica_layer *l, const weight *w, const shape *s, mica_error *err) {
    int64_t elements = 1, *room = l->ctx->weight_room;
    char text[128];
    if (!room) return MICA_OK;
    for (int i = 0; i < s->rank; i++) {
        if (s->dims[i] > 0 && elements > *room / s->dims[i]) {
            shape_format(s, text);
            return fail(err, MICA_MISMATCH, "%s would have shape %s: the file has no such weights",
                        w->name, text);
        }
        elements *= s->dims[i];
    }
    *room -= elements;
    return MICA_OK;
}

#define LARGE_BYTES 67108864.0

/* A weight that memory cannot hold is refused before it is filled, page after page; with what a
 * training will need for it and for the weights before. While it is made, its initial value is
 * there too. */
static mica_status require_memory(const mica_layer *l, const weight *w, const shape *s,
                                  mica_error *err) {
    mica_context *ctx = l->ctx;
    double each = (double)mica_dtype_size(l->variable_dtype), available;
    bool trained = ctx->weight_copies > 1 && w->trainable && !l->options->frozen;
    int copies = trained ? ctx->weight_copies : 1, least = copies > 2 ? copies : 2;
    char text[128], training[64] = "";
    for (int i = 0; i < s->rank; i++) each *= (double)s->dims[i];
    double needed = each * least + ctx->weight_promised;
    ctx->weight_promised += each * (copies - 1);
    if (each < LARGE_BYTES || needed <= (available = (double)memory_available())) return MICA_OK;
    shape_format(s, text);
    if (trained) snprintf(training, sizeof training, ", with gradient and the optimizer's slots");
    return fail(err, MICA_MEMORY,
                "%s of shape %s has %.0f MiB of numbers and needs %.0f MiB of memory%s, %.0f MiB "
                "are free",
                w->name, text, each / 1048576, needed / 1048576, training, available / 1048576);
}

static mica_status make_variable(mica_layer *l, weight *w, const shape *s, const char *initializer,
                                 mica_error *err) {
    mica_tensor *initial;
    TRY(take_room(l, w, s, err));
    TRY(require_memory(l, w, s, err));
    if (l->ctx->weight_room) initial = mica_full(l->ctx, l->variable_dtype, *s, 0);
    else
        TRY(initialize(l->ctx, initializer, initial_key(l, w->name), l->variable_dtype, s, &initial,
                       err));
    w->variable = mica_variable(initial, w->name);
    mica_tensor_destroy(&initial);
    if (w->variable->kind == TENSOR_POISON) {
        w->variable = NULL;
        return mica_check(l->ctx, err);
    }
    variable_take(w->variable);
    w->variable->variable->frozen = !w->trainable || l->options->frozen;
    w->variable->variable->constraint = w->constraint;
    return layer_name_weight(l, w, err);
}

mica_status layer_add_weight(mica_layer *l, const char *name, const shape *s,
                             const char *initializer, const char *regularizer,
                             const char *constraint, bool trainable, mica_error *err) {
    weight *w = find(l, name);
    if (w) return require_same(w, s, err);
    char text[128];
    shape_format(s, text);
    if (!shape_known(s))
        return fail(err, MICA_SHAPE,
                    "%s would have shape %s: the input's shape is not known enough", name, text);
    if (!grow(&l->weights, &l->weight_room, l->weight_count + 1, sizeof *l->weights))
        return fail_memory(err, sizeof *w, name);
    w = &l->weights[l->weight_count];
    *w = (weight){
        .name = name, .regularizer = regularizer, .constraint = constraint, .trainable = trainable};
    mica_status status = make_variable(l, w, s, initializer, err);
    if (status == MICA_OK) l->weight_count++;
    else if (w->variable) variable_drop(&w->variable);
    return status;
}

static mica_status check_inputs(const mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const layer_kind *k = l->kind;
    int wanted = k->inputs ? k->inputs : 1;
    if (inputs < 1 || inputs > MAX_LAYER_INPUTS || (wanted != VARIADIC && inputs != wanted))
        return fail(err, MICA_VALUE, "%d inputs, expected %d", inputs,
                    wanted == VARIADIC ? MAX_LAYER_INPUTS : wanted);
    for (int i = 0; i < inputs; i++) {
        int rank = in[i].rank;
        if (rank >= k->min_rank && (k->max_rank == 0 || rank <= k->max_rank)) continue;
        char text[128];
        shape_format(&in[i], text);
        if (k->min_rank == k->max_rank)
            return fail(err, MICA_SHAPE, "input %s has rank %d, expected %d", text, rank,
                        k->min_rank);
        return fail(err, MICA_SHAPE, "input %s has rank %d, expected %s %d", text, rank,
                    rank < k->min_rank ? "at least" : "at most",
                    rank < k->min_rank ? k->min_rank : k->max_rank);
    }
    return MICA_OK;
}

static bool built_already(const mica_layer *l, const shape *in, int inputs) {
    if (!l->built || inputs != l->built_inputs) return false;
    for (int i = 0; i < inputs; i++)
        if (!shape_equal(&l->built_for[i], &in[i])) return false;
    return true;
}

/* A build that fails leaves the layer as it was: it may be tried on another input. */
static void drop_weights_from(mica_layer *l, size_t first) {
    while (l->weight_count > first) layer_drop_weight(l, &l->weights[--l->weight_count]);
}

mica_status layer_build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    if (l->failed) return fail(err, MICA_STATE, "layer %s was not made", mica_layer_name(l));
    if (built_already(l, in, inputs)) return MICA_OK;
    mica_error own = {0};
    size_t before = l->weight_count;
    mica_status status = check_inputs(l, in, inputs, &own);
    if (status == MICA_OK && l->kind->build) status = l->kind->build(l, in, inputs, &own);
    if (status != MICA_OK) {
        drop_weights_from(l, before);
        if (err) *err = own;
        return fail_within(err, status, "layer %s", l->name);
    }
    if (!l->built) {
        memcpy(l->built_for, in, (size_t)inputs * sizeof *in);
        l->built_inputs = inputs;
    }
    l->built = true;
    return MICA_OK;
}

mica_tensor *layer_variable(mica_layer *l, const char *name) {
    weight *w = find(l, name);
    if (w) return w->variable;
    context_fail(l->ctx, MICA_INTERNAL, "layer %s: no weight %s", l->name, name);
    return tensor_poison(l->ctx);
}

mica_tensor *layer_weight(mica_layer *l, const char *name) {
    mica_tensor *variable = layer_variable(l, name);
    bool cast = dtype_is_float(variable->dtype) && dtype_is_float(l->compute_dtype);
    return cast ? mica_cast(variable, l->compute_dtype) : variable;
}
