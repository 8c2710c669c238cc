/* Metrics made, from options and from configs; freed: see metric.h. */
#include "metric/metric.h"
#include "part/registered.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static mica_metric **first_metric(mica_context *ctx) {
    return (mica_metric **)&ctx->slots[SLOT_METRICS].data;
}

static void release(mica_metric *m) {
    for (int i = 0; i < MAX_METRIC_STATES; i++)
        if (m->state[i]) mica_tensor_destroy(&m->state[i]);
    arena_free(&m->arena);
    free(m);
}

static void destroy_all(void *first) {
    for (mica_metric *m = first, *next; m; m = next) {
        next = m->next;
        release(m);
    }
}

void metric_free(mica_metric *m) {
    if (!m) return;
    mica_metric **at = first_metric(m->ctx);
    while (*at && *at != m) at = &(*at)->next;
    if (*at) *at = m->next;
    release(m);
}

static mica_metric *metric_alloc(mica_context *ctx) {
    mica_metric *m = allocate(1, sizeof *m);
    if (!m) return NULL;
    *m = (mica_metric){.ctx = ctx, .name = "", .next = *first_metric(ctx)};
    *first_metric(ctx) = m;
    ctx->slots[SLOT_METRICS].destroy = destroy_all;
    return m;
}

mica_metric *metric_new(mica_context *ctx, const metric_kind *k, const void *options) {
    mica_error err = {0};
    if (!ctx) return NULL;
    mica_metric *m = metric_alloc(ctx);
    char what[160];
    snprintf(what, sizeof what, "metric %s", k->name);
    mica_status status = m ? MICA_OK : fail_memory(&err, sizeof *m, what);
    if (m) {
        void *own;
        m->kind = k;
        status = kind_options((const kind *)k, options, what, &m->arena, &own, &err);
        m->options = own;
        m->failed = status != MICA_OK;
        if (status == MICA_OK) m->name = m->options->name;
    }
    if (status != MICA_OK) context_fail_with(ctx, &err);
    return m;
}

/* Keras: one output is binary; targets of lower rank, or of one column, are class numbers. */
static const metric_kind *accuracy_for(const shape *y_true, const shape *y_pred,
                                       bool sparse_labels) {
    int64_t outputs = y_pred->rank > 0 ? y_pred->dims[y_pred->rank - 1] : 1;
    bool column = y_true->rank > 0 && y_true->dims[y_true->rank - 1] == 1;
    if (outputs == 1) return &metric_binary_accuracy;
    if (sparse_labels || y_true->rank < y_pred->rank || column)
        return &metric_sparse_categorical_accuracy;
    return &metric_categorical_accuracy;
}

static bool says_accuracy(const json_t *config) {
    const char *name = json_string_value(config);
    return name && (!strcmp(name, "accuracy") || !strcmp(name, "acc"));
}

/* Keras 2 wraps functions: {"class_name": "MeanMetricWrapper", "config": {"fn": "mse", "name": …}}.
 */
static void unwrap(json_t *tree) {
    const char *class_name = json_string_value(json_object_get(tree, "class_name"));
    json_t *config = json_object_get(tree, "config"), *fn = json_object_get(config, "fn");
    if (!class_name || strcmp(class_name, "MeanMetricWrapper") || !fn) return;
    json_object_set(tree, "class_name", json_is_object(fn) ? json_object_get(fn, "config") : fn);
    json_object_del(config, "fn");
}

/* The identifier as {"class_name", "config": {"name", …}}; the caller decrefs. */
static json_t *resolved(const json_t *config, const shape *y_true, const shape *y_pred,
                        bool sparse_labels) {
    if (says_accuracy(config))
        return json_pack("{s:s, s:{s:O}}", "class_name",
                         accuracy_for(y_true, y_pred, sparse_labels)->class_name, "config", "name",
                         config);
    const char *function = json_string_value(config);
    if (function && islower((unsigned char)function[0])) /* keeps the name that it was called by */
        return json_pack("{s:O, s:{s:O}}", "class_name", config, "config", "name", config);
    json_t *own = json_deep_copy(config);
    unwrap(own);
    return own;
}

mica_metric *metric_from_config(mica_context *ctx, const json_t *config, const shape *y_true,
                                const shape *y_pred, bool sparse_labels, mica_error *err) {
    mica_metric *m = metric_alloc(ctx);
    json_t *own = resolved(config, y_true, y_pred, sparse_labels);
    void *options = NULL;
    mica_status status = MICA_OK;
    if (!m || !own) status = fail_memory(err, sizeof *m, "metric");
    else
        status = kind_read(KINDS(REGISTERED(ctx, REGISTERED_METRICS, all_metrics)), own, "compile",
                           "metric", &m->arena, (const kind **)&m->kind, &options, err);
    json_decref(own);
    if (status == MICA_OK) {
        m->options = options;
        m->options->size = m->kind->options_size;
        m->name = m->options->name;
        return m;
    }
    metric_free(m);
    return NULL;
}

mica_metric *mica_metric_from_config(mica_context *ctx, const char *name, const char *json) {
    if (!ctx) return NULL;
    if (LACKS(ctx, name, "name")) return NULL;
    mica_error err = {0};
    json_t *config = NULL;
    mica_metric *m = NULL;
    if (!json || config_parse(json, strlen(json), name, &config, &err) == MICA_OK) {
        json_t *tree = json_pack("{s:s, s:o*}", "class_name", name, "config", config);
        shape none = {0, {0}};
        if (tree) m = metric_from_config(ctx, tree, &none, &none, false, &err);
        else fail_no_memory(&err, name);
        json_decref(tree);
    }
    if (m) return m;
    context_fail_with(ctx, &err);
    m = metric_alloc(ctx);
    if (m) m->failed = true;
    return m;
}

json_t *metric_config(const mica_metric *m, mica_error *err) {
    json_t *tree = kind_write((const kind *)m->kind, "keras.metrics", m->options, err);
    if (tree) json_object_set_new(json_object_get(tree, "config"), "dtype", json_string("float32"));
    return tree;
}
