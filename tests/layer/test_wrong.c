/* Every layer of the table is given every wrong thing, and the message is read: options of a wrong
 * type, out of range, unknown or missing; inputs of every rank, of other types and numbers; masks
 * that do not fit; and whether a mask goes through. New layers are tested by being in the table. */
#include "required.h"
#include "support/exceptions.h"
#include "support/in_context.h"
#include "support/recorded.h"

static void place_of(const layer_kind *k, char place[96]) {
    char name[64];
    layer_default_name(k, name);
    snprintf(place, 96, "layer %s", name);
}

/* The message of a config with one option changed; "" where it is accepted. */
static const char *refusal(const layer_kind *k, const char *option, const char *value) {
    json_t *config = base_of(k->name);
    if (value) json_object_set_new(config, option, parsed(value));
    else json_object_del(config, option);
    err = (mica_error){0};
    mica_layer *l = layer_from_config(ctx, k->name, config, &err);
    json_decref(config);
    layer_free(l);
    return l ? "" : err.message;
}

static void expect_refusal(const layer_kind *k, const field *f, const char *value,
                           const char *text) {
    const char *message = refusal(k, f->name, value);
    if (!strstr(message, f->name) || !strstr(message, text) || !strstr(message, k->name))
        fail_msg("%s: %s = %s: '%s' does not hold the class, the option and '%s'", k->name, f->name,
                 value ? value : "(missing)", message, text);
}

static const char *wrong_type(const field *f) {
    if (f->flags & (FIELD_JSON | FIELD_NUMBERS)) return "[\"x\", null]";
    return f->type == FIELD_TEXT || f->type == FIELD_CONFIG ? "[1.5]" : "\"nonsense\"";
}

static void try_range(const layer_kind *k, const field *f) {
    char value[64];
    bool whole = f->type == FIELD_INTEGER || f->type == FIELD_INTEGERS;
    bool number = whole || f->type == FIELD_REAL;
    if (number && (f->flags & FIELD_POSITIVE)) expect_refusal(k, f, "0", "expected above 0");
    if (!number || (f->min == 0 && f->max == 0)) return;
    snprintf(value, sizeof value, "%.17g", f->min - 1);
    expect_refusal(k, f, value, "expected");
    if (!(f->max > 0) || f->max == INFINITY) return;
    snprintf(value, sizeof value, "%.17g", f->max + 1);
    expect_refusal(k, f, value, "expected");
}

TEST(options_out_of_range_are_told) {
    for (const layer_kind *const *k = all_layers; *k; k++)
        for (const field *f = (*k)->fields; f->name; f++) {
            if (!strcmp(f->name, "name")) continue;
            expect_refusal(*k, f, wrong_type(f), "expected");
            expect_refusal(*k, f, "{\"a\": {}}", f->type == FIELD_CONFIG ? f->name : "expected");
            try_range(*k, f);
            if (f->choices) expect_refusal(*k, f, "\"nonsense\"", "'nonsense'");
            if (f->type == FIELD_CONFIG && !(f->flags & FIELD_JSON))
                expect_refusal(*k, f, "\"nonsense\"", "'nonsense'");
            if (f->flags & FIELD_REQUIRED) expect_refusal(*k, f, NULL, "must be given");
        }
}

/* What JSON cannot say: NaN, and infinity where it is out of range, in an options struct. */
static void expect_refused_real(const layer_kind *k, const field *f, double value) {
    json_t *config = base_of(k->name);
    mica_layer *model = layer_from_config(ctx, k->name, config, &err);
    json_decref(config);
    char *options = calloc(1, k->options_size);
    memcpy(options, model->options, k->options_size);
    for (const field *i = k->fields; i->name; i++) /* what is null is 0 as a caller says it */
        for (size_t n = 0; i->type <= FIELD_INTEGERS && n < i->count; n++) {
            int64_t *integer = (int64_t *)(void *)(options + i->offset) + n;
            if (*integer == NO_INTEGER) *integer = 0;
            else if (*integer == 0) *integer = MICA_ZERO;
        }
    *(double *)(void *)(options + f->offset) = value;
    ((mica_layer_options *)(void *)options)->name = NULL;
    err = (mica_error){0};
    mica_layer *l = layer_new(ctx, k, options);
    mica_check(ctx, &err);
    free(options);
    if (!l->failed || !strstr(err.message, f->name) || !strstr(err.message, "expected"))
        fail_msg("%s: %s = %g: '%s'", k->name, f->name, value, err.message);
}

TEST(numbers_that_are_none_are_told) {
    for (const layer_kind *const *k = all_layers; *k; k++)
        for (const field *f = (*k)->fields; f->name; f++) {
            if (f->type != FIELD_REAL) continue;
            if (!(f->flags & FIELD_NULLABLE)) expect_refused_real(*k, f, NAN);
            if (f->min != 0 || f->max != 0) expect_refused_real(*k, f, -INFINITY);
        }
}

TEST(unknown_options_are_told_with_the_nearest) {
    for (const layer_kind *const *k = all_layers; *k; k++) {
        const char *message = refusal(*k, "nam", "1");
        if (!strstr(message, "unknown option 'nam'") || !strstr(message, "did you mean"))
            fail_msg("%s: '%s'", (*k)->name, message);
    }
}

/* ---- calls ---- */

/* Layers of colours take three channels, as images of that rank have them. */
static bool needs_colours(const layer_kind *k) {
    static const char *const names[] = {"RandomSaturation", "RandomHue", "RandomGrayscale"};
    for (size_t i = 0; i < LENGTH(names); i++)
        if (!strcmp(k->name, names[i])) return true;
    return false;
}

static mica_tensor *input_of_rank(const layer_kind *k, int rank, mica_dtype dtype) {
    shape s = {rank, {2, 4, 4, 4, 2, 2, 2, 2}};
    if (rank && needs_colours(k)) s.dims[rank - 1] = 3;
    if (dtype == MICA_STRING) return mica_tensor_new(ctx, dtype, s, NULL);
    return mica_full(ctx, dtype, s, 1);
}

/* A new layer called on inputs of a rank: its message, "" where it works; and whether its output
 * has a mask. */
static const char *call_of(const layer_kind *k, int inputs, int rank, mica_dtype dtype,
                           const shape *mask_shape, bool *masked) {
    json_t *config = base_of(k->name);
    mica_layer *l = layer_from_config(ctx, k->name, config, &err);
    json_decref(config);
    if (!l) fail_msg("%s: %s", k->name, err.message);
    mica_tensor *in[MAX_LAYER_INPUTS + 1], *masks[MAX_LAYER_INPUTS + 1] = {NULL};
    mica_tensor *out[MAX_LAYER_INPUTS], *out_masks[MAX_LAYER_INPUTS] = {NULL};
    mica_scope *scope = mica_scope_open(ctx);
    for (int i = 0; i < inputs; i++) in[i] = input_of_rank(k, rank, dtype);
    for (int i = 0; i < inputs && mask_shape; i++)
        masks[i] = mica_full(ctx, MICA_BOOL, *mask_shape, 1);
    layer_frame f = {.inputs = inputs,
                     .outputs = 1,
                     .in = in,
                     .masks = masks,
                     .out = out,
                     .out_masks = out_masks,
                     .training = true};
    layer_call(l, &f);
    *masked = out_masks[0] != NULL;
    err = (mica_error){0};
    mica_check(ctx, &err);
    layer_free(l);
    mica_scope_close(&scope);
    return err.message;
}

static const char *message_of_call(const layer_kind *k, int inputs, int rank, mica_dtype dtype,
                                   const shape *mask_shape) {
    bool masked;
    return call_of(k, inputs, rank, dtype, mask_shape, &masked);
}

/* A type that its inputs may have. */
static mica_dtype dtype_for(const layer_kind *k) {
    if (!strcmp(k->name, "StringLookup") || !strcmp(k->name, "TextVectorization"))
        return MICA_STRING;
    return !strcmp(k->name, "HashedCrossing") ? MICA_INT32 : MICA_FLOAT32;
}

/* The first number of inputs and rank that the layer takes. */
static bool find_call(const layer_kind *k, int *inputs, int *rank) {
    *rank = k->min_rank;
    *inputs = k->inputs == VARIADIC ? 2 : k->inputs ? k->inputs : 1;
    if (*rank && !*message_of_call(k, *inputs, *rank, dtype_for(k), NULL)) return true;
    for (*inputs = 1; *inputs <= 3; ++*inputs)
        for (*rank = 2; *rank <= 6; ++*rank)
            if (!*message_of_call(k, *inputs, *rank, dtype_for(k), NULL)) return true;
    return false;
}

/* Whatever is wrong, the message says which layer. */
static void expect_place(const layer_kind *k, const char *message, const char *what, int rank) {
    char place[96];
    place_of(k, place);
    if (*message && !strstr(message, place))
        fail_msg("%s: %s, rank %d: '%s' does not say which layer", k->name, what, rank, message);
}

TEST(inputs_of_wrong_rank_are_told) {
    for (const layer_kind *const *k = all_layers; *k; k++) {
        int inputs, works;
        if ((*k)->name[0] == 'I' && !strcmp((*k)->name, "InputLayer")) continue;
        if (!find_call(*k, &inputs, &works)) fail_msg("%s: no rank works", (*k)->name);
        for (int rank = 0; rank <= 7; rank++) {
            const char *message = message_of_call(*k, inputs, rank, dtype_for(*k), NULL);
            bool outside = rank < (*k)->min_rank || ((*k)->max_rank && rank > (*k)->max_rank);
            expect_place(*k, message, "float32", rank);
            if (outside && (!strstr(message, "rank") || !strstr(message, "expected")))
                fail_msg("%s: rank %d: '%s'", (*k)->name, rank, message);
        }
    }
}

TEST(wrong_numbers_of_inputs_are_told) {
    for (const layer_kind *const *k = all_layers; *k; k++) {
        int inputs, rank;
        if (!find_call(*k, &inputs, &rank) || (*k)->inputs == VARIADIC) continue;
        const char *message = message_of_call(*k, inputs + 1, rank, dtype_for(*k), NULL);
        expect_place(*k, message, "one input more", rank);
        if (!strstr(message, "inputs, expected")) fail_msg("%s: '%s'", (*k)->name, message);
        message = message_of_call(*k, inputs - 1, rank, dtype_for(*k), NULL);
        expect_place(*k, message, "one input less", rank);
        if (!strstr(message, "inputs, expected")) fail_msg("%s: '%s'", (*k)->name, message);
    }
}

/* Merging takes any number but none; a difference and a product two. */
TEST(merging_needs_inputs) {
    for (const layer_kind *const *k = all_layers; *k; k++) {
        if ((*k)->inputs != VARIADIC) continue;
        bool two = !strcmp((*k)->name, "Subtract") || !strcmp((*k)->name, "Dot") ||
                   !strcmp((*k)->name, "HashedCrossing");
        int rank = (*k)->max_rank && (*k)->max_rank < 3 ? (*k)->min_rank : 3;
        for (int inputs = 0; inputs < (two ? 2 : 1); inputs++) {
            const char *message = message_of_call(*k, inputs, rank, dtype_for(*k), NULL);
            expect_place(*k, message, "too few inputs", 3);
            if (!strstr(message, "inputs, expected")) fail_msg("%s: '%s'", (*k)->name, message);
        }
    }
}

TEST(other_types_and_masks_work_or_are_told) {
    static const mica_dtype types[] = {MICA_BOOL,    MICA_UINT8,    MICA_INT32,   MICA_INT64,
                                       MICA_FLOAT16, MICA_BFLOAT16, MICA_FLOAT64, MICA_STRING};
    shape wrong = MICA_SHAPE(3, 5), scalar = MICA_SCALAR;
    for (const layer_kind *const *k = all_layers; *k; k++) {
        int inputs, rank;
        if (!find_call(*k, &inputs, &rank)) continue;
        for (size_t i = 0; i < LENGTH(types); i++)
            expect_place(*k, message_of_call(*k, inputs, rank, types[i], NULL), "another type",
                         rank);
        expect_place(*k, message_of_call(*k, inputs, rank, dtype_for(*k), &wrong), "a mask", rank);
        expect_place(*k, message_of_call(*k, inputs, rank, dtype_for(*k), &scalar), "a mask", rank);
    }
}

/* As tools/record_masks.py calls Keras's: a mask (2, 4) on inputs of rank 3, else of another. */
static bool passes_mask(const layer_kind *k) {
    static const int ranks[] = {3, 2, 4, 5, 1};
    shape mask = MICA_SHAPE(2, 4);
    for (int inputs = 1; inputs <= 2; inputs++)
        for (size_t i = 0; i < LENGTH(ranks); i++) {
            bool masked;
            if (!*call_of(k, inputs, ranks[i], dtype_for(k), &mask, &masked)) return masked;
        }
    fail_msg("%s: no call with a mask works", k->name);
    return false;
}

TEST(masks_end_where_keras_ends_them) {
    json_t *tree = recorded_json("masks.json"), *passes = json_object_get(tree, "passes");
    for (const layer_kind *const *k = all_layers; *k; k++) {
        const json_t *expected = json_object_get(passes, (*k)->name);
        if (!strcmp((*k)->name, "InputLayer") || strstr((*k)->name, "Cell")) continue;
        EXPECT_FOUND(expected != NULL, "masked layer", (*k)->name, "tools/record_masks.py");
        if (!expected) continue;
        if (passes_mask(*k) != json_is_true(expected))
            fail_msg("%s %s a mask, Keras's does not", (*k)->name,
                     json_is_true(expected) ? "ends" : "passes on");
    }
    json_decref(tree);
}

RUN_TESTS(IN_CONTEXT(options_out_of_range_are_told), IN_CONTEXT(numbers_that_are_none_are_told),
          IN_CONTEXT(merging_needs_inputs), IN_CONTEXT(unknown_options_are_told_with_the_nearest),
          IN_CONTEXT(inputs_of_wrong_rank_are_told), IN_CONTEXT(wrong_numbers_of_inputs_are_told),
          IN_CONTEXT(other_types_and_masks_work_or_are_told),
          IN_CONTEXT(masks_end_where_keras_ends_them))
