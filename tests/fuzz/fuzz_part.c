/* Configs of one thing by its class: "LDense {…}" a layer, O an optimizer, S a loss, M a metric,
 * C a callback. What a layer, loss or optimizer writes is read again. */
#include "layer/layer.h"
#include "loss/loss.h"
#include "metric/metric.h"
#include "mica/mica.h"
#include "optim/optimizer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_message(mica_context *ctx, bool made) {
    mica_error err = {0};
    mica_status status = mica_check(ctx, &err);
    if (made ? status != MICA_OK : status == MICA_OK || !err.message[0]) {
        fprintf(stderr, "made %d, status %d: %s\n", made, (int)status, err.message);
        abort();
    }
}

static void again(bool done, const json_t *config, const mica_error *err) {
    if (done || err->code == MICA_MEMORY) return;
    char *text = config_text(config);
    fprintf(stderr, "what was written is not read: %s: %s\n", text ? text : "", err->message);
    abort();
}

static void read_layer(mica_context *ctx, const char *name, const char *json) {
    mica_error err = {0};
    mica_layer *l = mica_layer_from_config(ctx, name, json);
    require_message(ctx, l && !l->failed);
    json_t *config = l && !l->failed ? layer_config(l, &err) : NULL;
    if (config)
        again(layer_from_config(ctx, json_string_value(json_object_get(config, "class_name")),
                                json_object_get(config, "config"), &err) != NULL,
              config, &err);
    json_decref(config);
}

static void read_loss(mica_context *ctx, const char *name, const char *json) {
    mica_error err = {0};
    mica_loss *l = mica_loss_from_config(ctx, name, json);
    require_message(ctx, l && !l->failed);
    json_t *config = l && !l->failed ? loss_config(l, &err) : NULL;
    if (config) again(loss_from_config(ctx, config, &err) != NULL, config, &err);
    json_decref(config);
}

static void read_optimizer(mica_context *ctx, const char *name, const char *json) {
    mica_error err = {0};
    mica_optimizer *o = mica_optimizer_from_config(ctx, name, json);
    require_message(ctx, o && !o->failed);
    json_t *config = o && !o->failed ? optimizer_config(o, &err) : NULL;
    if (config) again(optimizer_from_config(ctx, config, &err) != NULL, config, &err);
    json_decref(config);
}

static void read(mica_context *ctx, char what, const char *name, const char *json) {
    const mica_callback *c = NULL;
    mica_metric *m = NULL;
    switch (what) {
    case 'L': read_layer(ctx, name, json); break;
    case 'S': read_loss(ctx, name, json); break;
    case 'O': read_optimizer(ctx, name, json); break;
    case 'M':
        m = mica_metric_from_config(ctx, name, json);
        require_message(ctx, m && !m->failed);
        break;
    case 'C':
        c = mica_callback_from_config(ctx, name, json);
        require_message(ctx, c != NULL);
        if (c && c->destroy) c->destroy(c->user);
        break;
    default: break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > 1 << 14) return 0;
    char *text = calloc(1, size + 1);
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .threads = 1, .backend = "reference"));
    if (text && ctx) {
        memcpy(text, data, size);
        char *space = strchr(text, ' ');
        if (space) *space = 0;
        read(ctx, text[0], text + 1, space ? space + 1 : NULL);
    }
    free(text);
    mica_close(&ctx);
    return 0;
}
