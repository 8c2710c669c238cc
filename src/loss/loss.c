/* Losses by name, made and freed: see loss.h. */
#include "loss/loss.h"
#include "part/registered.h"

#include <stdlib.h>
#include <string.h>

#define LOSS(name) &loss_##name,
const loss_kind *const all_losses[] = {
#include "loss/losses.def"
    NULL};
#undef LOSS

const char *const reductions[] = {"sum_over_batch_size",     "sum",  "mean",
                                  "mean_with_sample_weight", "none", NULL};
const char *const loss_ignored[] = {"fn", "dtype", NULL};

const loss_kind *loss_kind_by_name(const char *name) {
    return (const loss_kind *)kind_find(KINDS(all_losses), name);
}

static mica_loss **first_loss(mica_context *ctx) {
    return (mica_loss **)&ctx->slots[SLOT_LOSSES].data;
}

static void release(mica_loss *l) {
    arena_free(&l->arena);
    free(l);
}

static void destroy_all(void *first) {
    for (mica_loss *l = first, *next; l; l = next) {
        next = l->next;
        release(l);
    }
}

void loss_free(mica_loss *l) {
    if (!l) return;
    mica_loss **at = first_loss(l->ctx);
    while (*at && *at != l) at = &(*at)->next;
    if (*at) *at = l->next;
    release(l);
}

static mica_loss *loss_alloc(mica_context *ctx) {
    mica_loss *l = allocate(1, sizeof *l);
    if (!l) return NULL;
    *l = (mica_loss){.ctx = ctx, .next = *first_loss(ctx)};
    *first_loss(ctx) = l;
    ctx->slots[SLOT_LOSSES].destroy = destroy_all;
    return l;
}

mica_loss *loss_new(mica_context *ctx, const loss_kind *k, const void *options) {
    mica_error err = {0};
    if (!ctx) return NULL;
    mica_loss *l = loss_alloc(ctx);
    char what[160];
    snprintf(what, sizeof what, "loss %s", k->name);
    mica_status status = l ? MICA_OK : fail_memory(&err, sizeof *l, what);
    if (l) {
        l->kind = k;
        void *own;
        status = kind_options((const kind *)k, options, what, &l->arena, &own, &err);
        l->options = own;
        l->failed = status != MICA_OK;
    }
    if (status != MICA_OK) context_fail_with(ctx, &err);
    return l;
}

/* Keras 2 writes "reduction": "auto", which is the default. */
static json_t *without_auto(const json_t *config) {
    json_t *own = json_deep_copy(config);
    json_t *inner = json_object_get(own, "config");
    const char *reduction = json_string_value(json_object_get(inner, "reduction"));
    if (reduction && !strcmp(reduction, "auto")) json_object_del(inner, "reduction");
    return own;
}

mica_loss *loss_from_config(mica_context *ctx, const json_t *config, mica_error *err) {
    mica_loss *l = loss_alloc(ctx);
    json_t *own = without_auto(config);
    void *options = NULL;
    mica_status status = MICA_OK;
    if (!l || !own) status = fail_memory(err, sizeof *l, "loss");
    else
        status = kind_read(KINDS(REGISTERED(ctx, REGISTERED_LOSSES, all_losses)), own, "compile",
                           "loss", &l->arena, (const kind **)&l->kind, &options, err);
    json_decref(own);
    if (status == MICA_OK) {
        l->options = options;
        l->options->size = l->kind->options_size;
        return l;
    }
    loss_free(l);
    return NULL;
}

mica_loss *mica_loss_from_config(mica_context *ctx, const char *name, const char *json) {
    if (!ctx) return NULL;
    if (LACKS(ctx, name, "name")) return NULL;
    mica_error err = {0};
    json_t *config = NULL;
    mica_loss *l = NULL;
    if (!json || config_parse(json, strlen(json), name, &config, &err) == MICA_OK) {
        json_t *tree = json_pack("{s:s, s:o*}", "class_name", name, "config", config);
        if (tree) l = loss_from_config(ctx, tree, &err);
        else fail_no_memory(&err, name);
        json_decref(tree);
    }
    if (l) return l;
    context_fail_with(ctx, &err);
    l = loss_alloc(ctx);
    if (l) l->failed = true;
    return l;
}

json_t *loss_config(const mica_loss *l, mica_error *err) {
    return kind_write((const kind *)l->kind, "keras.losses", l->options, err);
}
