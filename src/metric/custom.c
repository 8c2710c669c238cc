/* Metrics of the user's own: see mica/custom.h. */
#include "metric/metric.h"
#include "part/registered.h"

#include <string.h>

typedef struct custom_kind {
    metric_kind kind; /* first */
    mica_metric_class_options user;
} custom_kind;

static void update(metric_frame *f) {
    const mica_metric_class_options *c = &((const custom_kind *)(const void *)f->kind)->user;
    mean_update(f, c->call(f->options, f->y_true, f->y_pred));
}

mica_metric_class_options mica_metric_class_defaults(void) {
    return (mica_metric_class_options){.size = sizeof(mica_metric_class_options)};
}

mica_status mica_register_metric(mica_context *ctx, const mica_metric_class_options *given,
                                 mica_error *err) {
    mica_metric_class_options c = mica_metric_class_defaults();
    TRY(options_take(&c, sizeof c, given, "mica_register_metric", err));
    if (!c.name || !c.class_name || !c.call)
        return fail(err, MICA_VALUE,
                    "mica_register_metric: name, class_name and call must be given");
    kinds known = KINDS(REGISTERED(ctx, REGISTERED_METRICS, all_metrics));
    if (kind_find(known, c.name) || kind_find(known, c.class_name))
        return fail(err, MICA_NAME, "mica_register_metric: there is a metric %s already", c.name);
    arena *a = registered_arena(ctx);
    custom_kind *k = a ? arena_take(a, sizeof *k) : NULL;
    const char *name = k ? arena_text(a, c.name) : NULL;
    if (!name) return fail_memory(err, sizeof *k, c.name);
    const field common[] = {METRIC_FIELDS(mica_metric_options, name), END_OF_FIELDS};
    k->user = c;
    k->kind = (metric_kind){.name = name,
                            .class_name = arena_text(a, c.class_name),
                            .fields = registered_fields(a, common, c.options),
                            .options_size = c.options_size ? c.options_size
                                                           : sizeof(mica_metric_options),
                            .ignored = metric_ignored,
                            .not_in_keras = true,
                            .states = 2,
                            .update = update,
                            .result = mean_result};
    if (!k->kind.class_name || !k->kind.fields) return fail_memory(err, sizeof *k, c.name);
    return registered_add(ctx, REGISTERED_METRICS, (const void *const *)(const void *)all_metrics,
                          k, err);
}
