/* Compile settings: optimizer, losses, metrics. See mica_model_compile. */
#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name, or JSON text of an object, as a tree; the caller decrefs. `what` is what errors call it.
 */
static mica_status identifier(const char *text, const char *what, json_t **out, mica_error *err) {
    if (*text == '{') return config_parse(text, strlen(text), what, out, err);
    *out = json_string(text);
    return *out ? MICA_OK : fail(err, MICA_VALUE, "%s: a name that is not UTF-8", what);
}

/* tf_keras registers its optimizers: {"class_name": "Custom>Adam", …}. */
static mica_status set_optimizer(mica_model *m, const json_t *config, mica_error *err) {
    const char *class_name = json_string_value(json_object_get(config, "class_name"));
    json_t *own = json_copy((json_t *)config);
    if (class_name && !strncmp(class_name, "Custom>", 7))
        json_object_set_new(own, "class_name", json_string(class_name + 7));
    mica_optimizer *made = optimizer_from_config(m->ctx, own, err);
    json_decref(own);
    if (!made) return fail_within(err, err->code, "model %s: optimizer", m->name);
    optimizer_take(m->compiled.optimizer = made);
    return MICA_OK;
}

static mica_status set_loss(mica_model *m, int output, const json_t *config, mica_error *err) {
    m->compiled.loss[output] = loss_from_config(m->ctx, config, err);
    return m->compiled.loss[output] ? MICA_OK
                                    : fail_within(err, err->code, "model %s: loss", m->name);
}

/* tf_keras puts the output's name before that of a metric; name_results() does so too. */
static const char *own_name(const mica_model *m, int output, const char *name) {
    const char *layer = m->nodes[m->outputs[output].node].layer->name;
    size_t n = strlen(layer);
    bool prefixed = m->output_count > 1 && !strncmp(name, layer, n) && name[n] == '_' &&
                    name[n + 1];
    return prefixed ? name + n + 1 : name;
}

#define MAX_STATE ((int64_t)1 << 26) /* elements of one metric's state */

/* A confusion matrix of a model file with very many outputs would take all memory. */
static mica_status check_states(const mica_model *m, const mica_metric *metric, const shape *y_pred,
                                mica_error *err) {
    shape s = {0, {0}};
    if (metric->kind->state_shape) metric->kind->state_shape(metric->options, y_pred, &s);
    int64_t elements = 1;
    for (int i = 0; i < s.rank; i++) {
        if (s.dims[i] > 0 && elements > MAX_STATE / s.dims[i])
            return fail(err, MICA_VALUE, "model %s: metric %s of %lld outputs is too large",
                        m->name, metric->kind->name, (long long)y_pred->dims[y_pred->rank - 1]);
        elements *= s.dims[i];
    }
    return MICA_OK;
}

/* A tf_keras model that was compiled but never trained guesses which accuracy "accuracy" is, from
 * its outputs alone, and writes that. */
static bool is_guessed_accuracy(const json_t *config) {
    static const char *const guesses[] = {"binary_accuracy", "categorical_accuracy",
                                          "sparse_categorical_accuracy"};
    const char *class_name = json_string_value(json_object_get(config, "class_name"));
    const json_t *own = json_object_get(config, "config");
    const char *name = json_string_value(json_object_get(own, "name"));
    const char *fn = json_string_value(json_object_get(own, "fn"));
    bool guessed = false;
    if (!class_name || strcmp(class_name, "MeanMetricWrapper") || !name || !fn) return false;
    for (size_t i = 0; i < LENGTH(guesses); i++) guessed |= !strcmp(fn, guesses[i]);
    size_t n = strlen(name), m = strlen("accuracy");
    bool ends = n >= m && !strcmp(name + n - m, "accuracy") && (n == m || name[n - m - 1] == '_');
    return guessed && ends && strcmp(name, fn);
}

/* The metric with the accuracy that fits loss and output, under the name of the file. */
static mica_metric *make_metric(mica_model *m, const json_t *config, const shape *y_true,
                                const shape *y_pred, bool sparse, mica_error *err) {
    if (!is_guessed_accuracy(config))
        return metric_from_config(m->ctx, config, y_true, y_pred, sparse, err);
    json_t *plain = json_string("accuracy");
    mica_metric *metric = metric_from_config(m->ctx, plain, y_true, y_pred, sparse, err);
    json_decref(plain);
    return metric;
}

static mica_status add_metric(mica_model *m, int output, const json_t *config, bool weighted,
                              mica_error *err) {
    compiled *c = &m->compiled;
    const mica_loss *loss = c->loss[output];
    bool sparse = loss && loss->kind->sparse_labels;
    shape labels = {1, {-1}};
    const shape *y_pred = model_output_shape(m, output);
    if (c->metric_count == MAX_METRICS)
        return fail(err, MICA_VALUE, "model %s: more than %d metrics", m->name, MAX_METRICS);
    mica_metric *metric = make_metric(m, config, sparse ? &labels : y_pred, y_pred, sparse, err);
    if (!metric) return fail_within(err, err->code, "model %s: metric", m->name);
    metric->name = own_name(m, output, metric->name);
    mica_status status = check_states(m, metric, y_pred, err);
    if (status == MICA_OK) status = metric_build(metric, y_pred, err);
    if (status != MICA_OK) return metric_free(metric), status;
    c->metric_weighted[c->metric_count] = weighted;
    c->metric_output[c->metric_count] = output;
    c->metric[c->metric_count++] = metric;
    return MICA_OK;
}

static void drop_programs(mica_model *m) {
    if (m->programs) m->programs_free(m->programs);
    m->programs = NULL;
}

static void drop(compiled *c, bool for_good) {
    for (int i = 0; i < MAX_MODEL_OUTPUTS; i++) loss_free(c->loss[i]);
    for (int i = 0; i < c->metric_count; i++) metric_free(c->metric[i]);
    if (c->optimizer) optimizer_drop(c->optimizer, for_good);
}

static void begin_anew(compiled *c) {
    *c = (compiled){.done = false};
    for (int i = 0; i < MAX_MODEL_OUTPUTS; i++) c->loss_weight[i] = 1;
}

void compiled_forget(mica_model *m, bool for_good) {
    drop_programs(m);
    drop(&m->compiled, for_good);
    begin_anew(&m->compiled);
}

/* Takes the place of what was compiled before; a compile that is refused leaves that. */
static mica_status replace(mica_model *m, compiled *earlier, mica_status status) {
    if (status != MICA_OK) {
        drop(&m->compiled, false);
        m->compiled = *earlier;
        return status;
    }
    drop_programs(m);
    drop(earlier, false);
    return MICA_OK;
}

static bool add_name(mica_model *m, const char *output, const char *name) {
    compiled *c = &m->compiled;
    char own[256], val[264];
    snprintf(own, sizeof own, "%s%s%s", output ? output : "", output ? "_" : "", name);
    snprintf(val, sizeof val, "val_%s", own);
    c->name[c->name_count] = context_text(m->ctx, own);
    c->val_name[c->name_count] = context_text(m->ctx, val);
    return c->name[c->name_count] && c->val_name[c->name_count++];
}

/* Whether an earlier metric of the same output has the name of metric i. */
static bool name_taken(const compiled *c, int i) {
    for (int k = 0; k < i; k++)
        if (c->metric_output[k] == c->metric_output[i] &&
            !strcmp(c->metric[k]->name, c->metric[i]->name))
            return true;
    return false;
}

/* Keras's names of results: with several outputs each has its layer's name in front. */
static bool name_results(mica_model *m) {
    bool several = m->output_count > 1, done = add_name(m, NULL, "loss");
    for (int i = 0; i < m->output_count && several && done; i++)
        done = add_name(m, model_output_name(m, i), "loss");
    for (int i = 0; i < m->compiled.metric_count && done; i++) {
        const char *output = m->nodes[m->outputs[m->compiled.metric_output[i]].node].layer->name;
        const char *name = m->compiled.metric[i]->name;
        char weighted[256];
        snprintf(weighted, sizeof weighted, "weighted_%s", name);
        done = add_name(m, several ? output : NULL, name_taken(&m->compiled, i) ? weighted : name);
    }
    return done;
}

static bool computes_in_float16(const mica_model *m) {
    for (size_t i = 0; i < m->layer_count; i++)
        if (!strcmp(m->layers[i]->options->dtype, "mixed_float16")) return true;
    return false;
}

static mica_status finish(mica_model *m, mica_error *err) {
    if (!name_results(m)) return fail_no_memory(err, m->name);
    if (computes_in_float16(m))
        TRY(optimizer_add_scaling(m->compiled.optimizer, INITIAL_LOSS_SCALE,
                                  LOSS_SCALE_GROWTH_STEPS, false, err));
    weight **weights = NULL;
    size_t count = 0;
    TRY(model_weights(m, true, &weights, &count, err));
    mica_tensor **parameters = allocate(count, sizeof *parameters);
    mica_status status = parameters ? MICA_OK : fail_memory(err, count, m->name);
    for (size_t i = 0; i < count && parameters; i++) parameters[i] = weights[i]->variable;
    if (status == MICA_OK)
        status = optimizer_build(m->compiled.optimizer, parameters, (int)count, err);
    free(weights);
    free(parameters);
    m->compiled.done = status == MICA_OK;
    if (m->compiled.done) compile_warn_of_one_class(m);
    return status;
}

/* Of Keras's compile, where none is given. */
static const char usual_optimizer[] = "rmsprop";

static mica_status apply_options(mica_model *m, const mica_compile_options *o, mica_error *err) {
    if (o->optimizer) optimizer_take(m->compiled.optimizer = o->optimizer);
    if (!o->optimizer) {
        json_t *config;
        const char *name = o->optimizer_name ? o->optimizer_name : usual_optimizer;
        TRY(identifier(name, "compile: optimizer", &config, err));
        mica_status status = set_optimizer(m, config, err);
        json_decref(config);
        TRY(status);
    }
    for (int i = 0; i < m->output_count; i++) {
        const char *name = i < (int)LENGTH(o->losses) && o->losses[i] ? o->losses[i] : o->loss;
        if (i < (int)LENGTH(o->loss_weights) && o->loss_weights[i] != 0)
            m->compiled.loss_weight[i] = o->loss_weights[i] == (double)MICA_ZERO
                                             ? 0
                                             : o->loss_weights[i];
        if (!name) return fail(err, MICA_VALUE, "model %s: compile needs a loss", m->name);
        json_t *config;
        TRY(identifier(name, "compile: loss", &config, err));
        mica_status status = set_loss(m, i, config, err);
        json_decref(config);
        for (size_t k = 0; k < LENGTH(o->metrics) && o->metrics[k] && status == MICA_OK; k++) {
            TRY(identifier(o->metrics[k], "compile: metric", &config, err));
            status = add_metric(m, i, config, false, err);
            json_decref(config);
        }
        TRY(status);
    }
    return finish(m, err);
}

static mica_status compile(mica_model *m, const mica_compile_options *o, mica_error *err) {
    if (m->failed)
        return mica_check(m->ctx, err)
                   ? err->code
                   : fail(err, MICA_STATE, "model %s could not be built", m->name);
    TRY(compile_check_options(m, o, err));
    compiled earlier = m->compiled;
    begin_anew(&m->compiled);
    return replace(m, &earlier, apply_options(m, o, err));
}

mica_compile_options mica_compile_defaults(void) {
    return (mica_compile_options){.size = sizeof(mica_compile_options)};
}

void mica_model_compile(mica_model *m, const mica_compile_options *options) {
    mica_error err = {0};
    mica_compile_options own = mica_compile_defaults();
    if (!m) return;
    if (m->fitting)
        fail(&err, MICA_STATE, "model %s: compile while it is trained: a callback may not",
             m->name);
    else if (options_take(&own, sizeof own, options, "compile", &err) == MICA_OK &&
             m->ctx->error.code == MICA_OK)
        compile(m, &own, &err);
    if (err.code != MICA_OK) context_fail_with(m->ctx, &err);
}

/* ---- Keras's compile config ---- */

static const char *const known_keys[] = {"optimizer",
                                         "optimizer_config",
                                         "loss",
                                         "loss_weights",
                                         "metrics",
                                         "weighted_metrics",
                                         "run_eagerly",
                                         "steps_per_execution",
                                         "jit_compile",
                                         "sample_weight_mode",
                                         "auto_scale_loss",
                                         NULL};

/* The entry of output i: of a list by number, of an object by the output's name; a single one
 * is for every output. Absent entries are NULL. */
static const json_t *for_output(const mica_model *m, const json_t *value, int i) {
    if (compile_is_single(value)) return value;
    if (json_is_array(value)) return json_array_get(value, (size_t)i);
    const json_t *own = m->output_key[i] ? json_object_get(value, m->output_key[i]) : NULL;
    return own ? own : json_object_get(value, model_output_name(m, i));
}

/* Metrics in a flat list are of every output (Keras 2), or one each (Keras 3, where there are as
 * many as outputs); in a list of lists each is of one output. */
static const json_t *metrics_of_output(const mica_model *m, const json_t *metrics, int i,
                                       bool each) {
    bool nested = false;
    size_t k;
    json_t *item;
    if (!json_is_array(metrics)) return for_output(m, metrics, i);
    json_array_foreach(metrics, k, item) nested |= json_is_array(item);
    each = each && m->output_count > 1 && json_array_size(metrics) == (size_t)m->output_count;
    return nested || each ? json_array_get(metrics, (size_t)i) : metrics;
}

static mica_status read_metrics(mica_model *m, const json_t *config, const char *key, int output,
                                mica_error *err) {
    size_t k;
    json_t *item;
    bool keras3 = json_object_get(config, "run_eagerly") != NULL, weighted = key[0] == 'w';
    const json_t *own = metrics_of_output(m, json_object_get(config, key), output, keras3);
    if (!own || json_is_null(own)) return MICA_OK;
    if (compile_is_single(own)) return add_metric(m, output, own, weighted, err);
    if (!json_is_array(own))
        return fail(err, MICA_TYPE, "compile: %s of output %d is %s, expected a list", key, output,
                    config_kind(own));
    json_array_foreach(own, k, item) if (!json_is_null(item))
        TRY(add_metric(m, output, item, weighted, err));
    return MICA_OK;
}

static mica_status read_output(mica_model *m, const json_t *config, int i, mica_error *err) {
    const json_t *loss = for_output(m, json_object_get(config, "loss"), i);
    const json_t *weight = for_output(m, json_object_get(config, "loss_weights"), i);
    if (!loss || json_is_null(loss))
        return fail(err, MICA_VALUE, "model %s: compile needs a loss for output %s", m->name,
                    model_output_name(m, i));
    TRY(set_loss(m, i, loss, err));
    if (weight && !json_is_null(weight) && !json_is_number(weight))
        return fail(err, MICA_TYPE, "compile: loss_weights of output %d is %s, expected a number",
                    i, config_kind(weight));
    if (json_is_number(weight)) m->compiled.loss_weight[i] = json_number_value(weight);
    TRY(read_metrics(m, config, "metrics", i, err));
    return read_metrics(m, config, "weighted_metrics", i, err);
}

static mica_status given_optimizer(mica_model *m, const json_t *optimizer, mica_error *err) {
    json_t *usual = json_string(usual_optimizer);
    mica_status status = usual ? set_optimizer(m, optimizer ? optimizer : usual, err)
                               : fail_no_memory(err, "compile");
    json_decref(usual);
    return status;
}

mica_status compile_from_config(mica_model *m, const json_t *config, mica_error *err) {
    mica_error own = {0};
    if (!err) err = &own;
    const char *key;
    json_t *value;
    const json_t *optimizer = json_object_get(config, "optimizer");
    if (!json_is_object(config))
        return fail(err, MICA_TYPE, "compile is %s, expected an object", config_kind(config));
    json_object_foreach((json_t *)config, key, value) {
        bool known = false;
        for (const char *const *k = known_keys; *k; k++) known |= !strcmp(*k, key);
        if (!known) return fail_unknown(err, "compile", "key", key, known_keys);
    }
    if (!optimizer) optimizer = json_object_get(config, "optimizer_config");
    if (json_is_null(optimizer))
        return fail(err, MICA_VALUE, "compile: optimizer is null, expected a name or an object");
    TRY(compile_check_outputs(m, config, err));
    compiled earlier = m->compiled;
    begin_anew(&m->compiled);
    mica_status status = given_optimizer(m, optimizer, err);
    for (int i = 0; i < m->output_count && status == MICA_OK; i++)
        status = read_output(m, config, i, err);
    if (status == MICA_OK) status = finish(m, err);
    return replace(m, &earlier, status);
}

/* A list with one entry an output, or the entry itself where there is one output. */
static json_t *by_output(json_t *list) {
    if (json_array_size(list) != 1) return list;
    json_t *only = json_incref(json_array_get(list, 0));
    json_decref(list);
    return only;
}

/* As Keras 2 and 3 both read it: without "module", which would ask for names of one of them. */
static json_t *plain(json_t *tree) {
    json_object_del(tree, "module");
    json_object_del(tree, "registered_name");
    return tree;
}

static json_t *losses_config(const mica_model *m, mica_error *err) {
    json_t *list = json_array();
    for (int i = 0; i < m->output_count && list; i++)
        if (json_array_append_new(list, plain(loss_config(m->compiled.loss[i], err)))) {
            json_decref(list);
            return NULL;
        }
    return list ? by_output(list) : NULL;
}

/* null where every weight is 1. */
static json_t *weights_config(const mica_model *m) {
    bool weighted = false;
    json_t *list = json_array();
    for (int i = 0; i < m->output_count; i++) {
        json_array_append_new(list, json_real(m->compiled.loss_weight[i]));
        weighted |= m->compiled.loss_weight[i] != 1;
    }
    if (weighted) return list;
    json_decref(list);
    return json_null();
}

/* Those that sample weights count in, or the others; null where there are none. */
static json_t *metrics_config(const mica_model *m, bool weighted, mica_error *err) {
    const compiled *c = &m->compiled;
    json_t *lists = json_array();
    int found = 0;
    for (int i = 0; i < m->output_count && lists; i++) {
        json_t *list = json_array();
        json_array_append_new(lists, list);
        for (int k = 0; k < c->metric_count; k++) {
            if (c->metric_output[k] != i || c->metric_weighted[k] != weighted) continue;
            json_t *metric = plain(metric_config(c->metric[k], err));
            json_object_set_new(json_object_get(metric, "config"), "name",
                                json_string(c->metric[k]->name));
            if (json_array_append_new(list, metric)) {
                json_decref(lists);
                return NULL;
            }
            found++;
        }
    }
    if (found || !lists) return lists ? by_output(lists) : NULL;
    json_decref(lists);
    return json_null();
}

mica_status compile_config(const mica_model *m, json_t **out, mica_error *err) {
    mica_error own = {0};
    if (!err) err = &own;
    *out = NULL;
    if (!m->compiled.done) return fail(err, MICA_STATE, "model %s: not compiled", m->name);
    json_t *optimizer = scaled_config(m->compiled.optimizer,
                                      optimizer_config(m->compiled.optimizer, err));
    json_t *losses = losses_config(m, err), *weights = weights_config(m);
    json_t *metrics = metrics_config(m, false, err), *weighted = metrics_config(m, true, err);
    if (optimizer && losses && weights && metrics && weighted)
        *out = json_pack("{s:O, s:O, s:O, s:O, s:O}", "optimizer", optimizer, "loss", losses,
                         "loss_weights", weights, "metrics", metrics, "weighted_metrics", weighted);
    json_decref(optimizer), json_decref(losses), json_decref(weights);
    json_decref(metrics), json_decref(weighted);
    if (*out) return MICA_OK;
    return err->code ? err->code
                     : fail(err, MICA_INTERNAL, "model %s: %s cannot be written", m->name,
                            !optimizer  ? "the optimizer"
                            : !losses   ? "a loss"
                            : !weights  ? "loss_weights"
                            : !metrics  ? "a metric"
                            : !weighted ? "a weighted metric"
                                        : "the compile settings");
}
