/* Every optimizer, loss, metric, schedule, initializer, regularizer, constraint, activation and
 * callback of the tables is given every wrong option, and the message is read; and every zero where
 * zero is a real value stays one, in files and as MICA_ZERO in C. Layers have their own, in
 * tests/layer. New kinds are tested by being in a table. */
#include "loss/loss.h"
#include "metric/metric.h"
#include "optim/optimizer.h"
#include "part/activation.h"
#include "part/constraint.h"
#include "part/initializer.h"
#include "part/regularizer.h"
#include "part/schedule.h"
#include "support/in_context.h"
#include "train/callback.h"

typedef struct family {
    const char *sort;
    kinds all;
    bool in_c; /* options structs with their size in front */
} family;

static const family families[] = {
    {"optimizer", KINDS(all_optimizers), true},
    {"loss", KINDS(all_losses), true},
    {"metric", KINDS(all_metrics), true},
    {"callback", KINDS(all_callbacks), true},
    {"schedule", KINDS(all_schedules), false},
    {"initializer", KINDS(all_initializers), false},
    {"regularizer", KINDS(all_regularizers), false},
    {"constraint", KINDS(all_constraints), false},
    {"activation", KINDS(all_activations), false},
};

/* What C users make by a call with arguments, not with options. */
static const char *const calls[] = {"csv_logger", "learning_rate_scheduler", "terminate_on_nan",
                                    NULL};

static bool has_struct(const family *family, const kind *k) {
    for (const char *const *c = calls; *c; c++)
        if (!strcmp(*c, k->name)) return false;
    return family->in_c && k->options_size > 0;
}

static const char *required_value(const field *f) {
    switch (f->type) {
    case FIELD_SHAPE:
    case FIELD_DIMS:
    case FIELD_REALS: return "[0, 1]";
    case FIELD_REAL: return "0.5";
    case FIELD_TEXT: return "\"a\"";
    case FIELD_CONFIG:
        return "{\"class_name\": \"CosineDecay\", \"config\": {\"decay_steps\": 3, "
               "\"initial_learning_rate\": 0.5}}";
    default: return "3";
    }
}

/* A config with what is required. */
static json_t *least_config(const kind *k) {
    json_t *config = json_object();
    for (const field *f = k->fields; f && f->name; f++)
        if (f->flags & FIELD_REQUIRED)
            json_object_set_new(config, f->name,
                                json_loads(required_value(f), JSON_DECODE_ANY, NULL));
    return config;
}

/* Its options from a config, which is taken; NULL: refused, err says why. */
static void *options_of(const family *family, const kind *k, json_t *config) {
    const kind *found;
    void *options;
    json_t *tree = json_pack("{s:s, s:o}", "class_name", k->class_name, "config", config);
    err = (mica_error){0};
    mica_status status = kind_read(family->all, tree, "here", family->sort, &ctx->texts, &found,
                                   &options, &err);
    json_decref(tree);
    if (status == MICA_OK) assert_ptr_equal(found, k);
    return status == MICA_OK ? options : NULL;
}

static json_t *written(const kind *k, const void *options) {
    json_t *tree = kind_write(k, "m", options, &err);
    if (!tree) fail_msg("%s: %s", k->name, err.message);
    json_t *config = json_incref(json_object_get(tree, "config"));
    json_decref(tree);
    return config;
}

#define FOR_EACH_FIELD(family, k, f)                                                               \
    for (const family *family = families; family < families + LENGTH(families); family++)          \
        for (kinds all_ = family->all; *all_; all_++)                                              \
            for (const kind *k = *all_; k; k = NULL)                                               \
                for (const field *f = k->fields; f && f->name; f++)

/* ---- zeros ---- */

static bool takes_zero(const field *f) {
    return f->type == FIELD_REAL || f->type == FIELD_INTEGER || f->type == FIELD_INTEGERS;
}

static json_t *with_zero(const kind *k, const field *f) {
    json_t *config = least_config(k);
    json_object_set_new(config, f->name, f->type == FIELD_REAL ? json_real(0) : json_integer(0));
    return config;
}

static bool is_zero(const field *f, const void *options) {
    const char *at = (const char *)options + f->offset;
    return f->type == FIELD_REAL ? *(const double *)at == 0 : *(const int64_t *)at == 0;
}

TEST(a_zero_in_a_file_stays_zero) {
    int zeros = 0;
    FOR_EACH_FIELD(family, k, f) {
        void *options = takes_zero(f) ? options_of(family, k, with_zero(k, f)) : NULL;
        if (!options) continue;
        if (!is_zero(f, options)) fail_msg("%s: %s: 0 is read as another", k->name, f->name);
        void *again = options_of(family, k, written(k, options));
        if (!again) fail_msg("%s: its own config is refused: %s", k->name, err.message);
        bool unwritten = f->flags & (FIELD_HIDDEN | FIELD_SPARED);
        if (!unwritten && !is_zero(f, again))
            fail_msg("%s: %s: 0 is not written", k->name, f->name);
        zeros++;
    }
    if (zeros < 60) fail_msg("only %d fields were tried", zeros);
}

/* Options as a C caller fills them, of resolved ones. */
static char *as_given(const kind *k, const void *options) {
    char *given = calloc(1, k->options_size);
    memcpy(given, options, k->options_size);
    *(size_t *)(void *)given = k->options_size;
    for (const field *f = k->fields; f->name; f++) {
        double *real = (double *)(void *)(given + f->offset);
        int64_t *integer = (int64_t *)(void *)(given + f->offset);
        bool whole = f->type == FIELD_INTEGER || f->type == FIELD_INTEGERS;
        for (size_t i = 0; whole && i < f->count; i++)
            integer[i] = integer[i] == NO_INTEGER ? 0 : integer[i] ? integer[i] : MICA_ZERO;
        if (f->type == FIELD_REAL) *real = isnan(*real) ? 0 : *real == 0 ? MICA_ZERO : *real;
    }
    return given;
}

/* MICA_ZERO in C is what 0 is in a file: the same options, or both are refused. */
static void try_zero(const family *family, const kind *k, const field *f) {
    void *base = options_of(family, k, least_config(k)), *from_c = NULL;
    void *from_file = options_of(family, k, with_zero(k, f));
    if (!base) fail_msg("%s: %s", k->name, err.message);
    char *given = as_given(k, base);
    for (size_t i = 0; i < f->count; i++)
        if (f->type == FIELD_REAL) *(double *)(void *)(given + f->offset) = MICA_ZERO;
        else ((int64_t *)(void *)(given + f->offset))[i] = MICA_ZERO;
    mica_status status = kind_options(k, given, k->name, &ctx->texts, &from_c, &err);
    if ((status == MICA_OK) != (from_file != NULL))
        fail_msg("%s: %s: MICA_ZERO in C and 0 in files differ", k->name, f->name);
    if (from_file) {
        json_t *a = written(k, from_file), *b = written(k, from_c);
        if (!json_equal(a, b)) fail_msg("%s: %s: %s", k->name, f->name, config_text(b));
        json_decref(a);
        json_decref(b);
    }
    free(given);
}

TEST(a_real_zero_is_said_by_mica_zero) {
    FOR_EACH_FIELD(family, k, f)
    if (takes_zero(f) && has_struct(family, k)) try_zero(family, k, f);
}

/* ---- wrong options ---- */

static void expect_refusal(const family *family, const kind *k, const field *f, const char *value,
                           const char *text) {
    json_t *config = least_config(k);
    if (value) json_object_set_new(config, f->name, json_loads(value, JSON_DECODE_ANY, NULL));
    else json_object_del(config, f->name);
    if (options_of(family, k, config)) err.message[0] = 0;
    if (!strstr(err.message, f->name) || !strstr(err.message, text) ||
        !strstr(err.message, k->class_name) || !strstr(err.message, family->sort))
        fail_msg("%s: %s = %s: '%s' does not hold sort, class, option and '%s'", k->name, f->name,
                 value ? value : "(missing)", err.message, text);
}

static void try_range(const family *family, const kind *k, const field *f) {
    char value[64];
    bool number = f->type == FIELD_INTEGER || f->type == FIELD_INTEGERS || f->type == FIELD_REAL;
    if (!number) return;
    if (f->flags & FIELD_POSITIVE) expect_refusal(family, k, f, "0", "expected above 0");
    if (f->min == 0 && f->max == 0) return;
    snprintf(value, sizeof value, "%.17g", f->min - 1);
    if (f->min > -INFINITY) expect_refusal(family, k, f, value, "expected");
    if (f->max == INFINITY || (f->max == 0 && f->min >= 0)) return;
    snprintf(value, sizeof value, "%.17g", f->max + fabs(f->max) + 1);
    expect_refusal(family, k, f, value, "expected");
}

TEST(options_out_of_range_are_told) {
    FOR_EACH_FIELD(family, k, f) {
        bool text = f->type == FIELD_TEXT || f->type == FIELD_CONFIG;
        expect_refusal(family, k, f, text ? "[1.5]" : "\"nonsense\"",
                       f->type == FIELD_CONFIG ? f->name : "expected");
        if (f->type != FIELD_CONFIG) expect_refusal(family, k, f, "{\"a\": {}}", "expected");
        try_range(family, k, f);
        if (f->choices) expect_refusal(family, k, f, "\"nonsense\"", "'nonsense'");
        if (f->flags & FIELD_REQUIRED) expect_refusal(family, k, f, NULL, "must be given");
    }
}

/* What JSON cannot say: NaN, and infinity where it is out of range. */
TEST(numbers_that_are_none_are_told) {
    FOR_EACH_FIELD(family, k, f) {
        if (f->type != FIELD_REAL || !has_struct(family, k)) continue;
        void *base = options_of(family, k, least_config(k)), *out;
        char *given = as_given(k, base);
        double *value = (double *)(void *)(given + f->offset);
        *value = NAN;
        if (!(f->flags & FIELD_NULLABLE))
            ASSERT_FAILS(kind_options(k, given, k->name, &ctx->texts, &out, &err), MICA_VALUE,
                         f->name);
        *value = -INFINITY;
        if ((f->min != 0 || f->max != 0) && f->min > -INFINITY)
            ASSERT_FAILS(kind_options(k, given, k->name, &ctx->texts, &out, &err), MICA_VALUE,
                         f->name);
        free(given);
    }
}

TEST(unknown_options_and_names_are_told_with_the_nearest) {
    for (const family *family = families; family < families + LENGTH(families); family++)
        for (kinds all = family->all; *all; all++) {
            const kind *k = *all;
            char wrong[80];
            const field *f = k->fields;
            if (!f || !f->name || strlen(f->name) < 4) continue;
            json_t *config = least_config(k);
            snprintf(wrong, sizeof wrong, "%sx", f->name);
            json_object_set_new(config, wrong, json_integer(1));
            if (options_of(family, k, config)) fail_msg("%s: %s is accepted", k->name, wrong);
            if (!strstr(err.message, wrong) || !strstr(err.message, "did you mean"))
                fail_msg("%s: '%s'", k->name, err.message);
        }
}

RUN_TESTS(IN_CONTEXT(a_zero_in_a_file_stays_zero), IN_CONTEXT(a_real_zero_is_said_by_mica_zero),
          IN_CONTEXT(options_out_of_range_are_told), IN_CONTEXT(numbers_that_are_none_are_told),
          IN_CONTEXT(unknown_options_and_names_are_told_with_the_nearest))
