/* Making and freeing layers, names, weights' facts: see layer.h. */
#include "layer/layer.h"
#include "base/strbuf.h"
#include "layer/vocabulary_file.h"

#include "base/philox.h"
#include "part/registered.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mica_layer **first_layer(mica_context *ctx) {
    return (mica_layer **)&ctx->slots[SLOT_LAYERS].data;
}

void layer_drop_weight(const mica_layer *l, weight *w) {
    if (!l->kind->borrows_weights) w->variable->variable->constraint = NULL; /* the layer's text */
    variable_drop(&w->variable);
}

static void release(mica_layer *l) {
    for (size_t i = 0; i < l->weight_count; i++) layer_drop_weight(l, &l->weights[i]);
    for (int i = 0; i < l->state_count; i++) mica_tensor_destroy(&l->state[i]);
    for (int i = 0; i < MAX_TABLES; i++) mica_tensor_destroy(&l->table[i]);
    free(l->weights);
    free(l->name);
    arena_free(&l->arena);
    free(l);
}

static void destroy_all(void *first) {
    for (mica_layer *l = first, *next; l; l = next) {
        next = l->next;
        release(l);
    }
}

void layer_free(mica_layer *l) {
    if (!l) return;
    mica_layer **at = first_layer(l->ctx);
    while (*at && *at != l) at = &(*at)->next;
    if (*at) *at = l->next;
    if (l->leaving) l->leaving(l);
    inner_drop(l);
    if (l->kind && l->kind->release) l->kind->release(l);
    release(l);
}

void layer_hold(mica_layer *l) { l->holders++; }

void layer_drop(mica_layer *l) {
    if (--l->holders == 0) layer_free(l);
}

void layer_discard(mica_layer *l) {
    if (l && !l->holders) layer_free(l);
}

void layer_set_table(mica_layer *l, int i, mica_tensor *t) {
    mica_tensor_destroy(&l->table[i]);
    l->table[i] = tensor_release(t);
    l->revision++;
}

/* The text of the option "output_mode"; NULL where it is not said. */
static const char *output_mode_of(const layer_kind *kind, const void *options) {
    for (const field *f = kind->fields; f->name; f++)
        if (!strcmp(f->name, "output_mode"))
            return *(const char *const *)((const char *)options + f->offset);
    return NULL;
}

/* A layer without options, in the context. */
static mica_layer *layer_alloc(mica_context *ctx, const layer_kind *kind) {
    mica_layer *l = allocate(1, sizeof *l);
    if (!l) return NULL;
    *l = (mica_layer){.ctx = ctx, .kind = kind, .next = *first_layer(ctx)};
    *first_layer(ctx) = l;
    ctx->slots[SLOT_LAYERS].destroy = destroy_all;
    return l;
}

static void set_key(mica_layer *l) { l->key = philox_key(l->ctx->options.seed, l->name); }

/* 0 of "dense", 7 of "dense_7"; -1 of what is not the base with a number. */
static long number_of(const char *name, const char *base) {
    size_t n = strlen(base);
    char *end;
    if (!name || strncmp(name, base, n)) return -1;
    if (!name[n]) return 0;
    if (name[n] != '_' || name[n + 1] < '1' || name[n + 1] > '9') return -1;
    long number = strtol(name + n + 1, &end, 10);
    return *end ? -1 : number;
}

/* The default name, with the lowest number that no other layer of the context has. */
static char *free_name(const mica_layer *l) {
    char base[64], name[96];
    long count = 0, number = 0;
    layer_default_name(l->kind, base);
    for (const mica_layer *o = *first_layer(l->ctx); o; o = o->next) count++;
    bool *taken = allocate((size_t)count + 1, sizeof *taken);
    if (!taken) return NULL;
    for (const mica_layer *o = *first_layer(l->ctx); o; o = o->next) {
        long other = o == l ? -1 : number_of(o->name, base);
        if (other >= 0 && other < count) taken[other] = true;
    }
    while (taken[number]) number++;
    free(taken);
    snprintf(name, sizeof name, number ? "%s_%ld" : "%s", base, number);
    return strdup(name);
}

/* The compute and the variable type of a policy. */
static void set_dtypes(mica_layer *l) {
    const char *policy = l->options->dtype;
    bool mixed = !strncmp(policy, "mixed_", 6);
    mica_dtype_of_name(mixed ? policy + 6 : policy, &l->compute_dtype);
    l->variable_dtype = mixed ? MICA_FLOAT32 : l->compute_dtype;
}

const char *layer_policy(const mica_context *ctx, const layer_kind *kind, const char *output_mode) {
    if (kind->whole_by_default && (!output_mode || !strcmp(output_mode, "int"))) return "int64";
    return kind == &layer_input_layer ? "float32" : mica_dtype_policy(ctx);
}

mica_status mica_set_dtype_policy(mica_context *ctx, const char *policy, mica_error *err) {
    REQUIRE(ctx, "context");
    REQUIRE(policy, "policy");
    static const char *const floats[] = {
        "float32", "float64", "mixed_bfloat16", "mixed_float16", "float16", "bfloat16", NULL};
    for (const char *const *known = floats; *known; known++)
        if (!strcmp(*known, policy)) return ctx->dtype_policy = *known, MICA_OK;
    if (nearest_name(policy, floats))
        return fail_unknown(err, "dtype_policy", "policy", policy, floats);
    strbuf known = {0};
    for (const char *const *f = floats; *f; f++)
        strbuf_add(&known, "%s%s", known.length ? ", " : "", *f);
    mica_status status = fail(err, MICA_NAME,
                              "dtype_policy: unknown policy '%s', expected one of %s", policy,
                              known.data ? known.data : "none");
    strbuf_free(&known);
    return status;
}

const char *mica_dtype_policy(const mica_context *ctx) {
    return ctx && ctx->dtype_policy ? ctx->dtype_policy : "float32";
}

/* Name, key and types, once the options are there. */
static mica_status complete(mica_layer *l, mica_error *err) {
    l->given_name = l->options->name != NULL;
    l->name = l->given_name ? strdup(l->options->name) : free_name(l);
    if (!l->name) return fail_no_memory(err, "layer name");
    l->options->name = arena_text(&l->arena, l->name);
    if (!l->options->name) return fail_no_memory(err, "layer name");
    set_key(l);
    set_dtypes(l);
    char what[160];
    snprintf(what, sizeof what, "layer %s", l->name);
    TRY(inner_check(l, what, err));
    if (l->kind->check) TRY(l->kind->check(l->options, what, err));
    if (l->kind->complete) TRY(l->kind->complete(l, err));
    inner_hold(l);
    return MICA_OK;
}

/* How errors call it before it has a name: "layer dense_1", or "Dense". */
static void place(const layer_kind *kind, const char *name, char what[160]) {
    if (name) snprintf(what, 160, "layer %s", name);
    else snprintf(what, 160, "%s", kind->name);
}

mica_layer *layer_new(mica_context *ctx, const layer_kind *kind, const void *options) {
    mica_error err = {0};
    if (!ctx) return NULL;
    mica_layer *l = layer_alloc(ctx, kind);
    mica_status status = l ? MICA_OK : fail_memory(&err, sizeof *l, kind->name);
    void *own = l ? arena_take(&l->arena, kind->options_size) : NULL;
    if (l && !own) status = fail_memory(&err, kind->options_size, kind->name);
    if (own) {
        status = options_take(own, kind->options_size, options, kind->name, &err);
        l->options = own;
        char what[160];
        place(kind, l->options->name, what);
        if (!l->options->dtype)
            l->options->dtype = layer_policy(ctx, kind, output_mode_of(kind, own));
        if (status == MICA_OK) status = fields_resolve(kind->fields, own, &l->arena, what, &err);
        if (status == MICA_OK) status = complete(l, &err);
    }
    if (status != MICA_OK) context_fail_with(ctx, &err);
    if (l) l->failed = status != MICA_OK;
    return l;
}

static mica_status read(mica_layer *l, const json_t *config, mica_error *err) {
    const layer_kind *kind = l->kind;
    char what[160];
    place(kind, json_string_value(json_object_get(config, "name")), what);
    l->options = arena_take(&l->arena, kind->options_size);
    if (!l->options) return fail_memory(err, kind->options_size, what);
    json_t *own;
    TRY(layer_translate(kind, config, what, &own, err));
    const char *mode = json_string_value(json_object_get(own, "output_mode"));
    if (!json_object_get(own, "dtype"))
        json_object_set_new(own, "dtype", json_string(layer_policy(l->ctx, kind, mode)));
    mica_status status = inner_read(l, own, what, err);
    if (status == MICA_OK)
        status = fields_read(kind->fields, l->options, own, &l->arena, kind->ignored, what, err);
    json_decref(own);
    l->options->size = kind->options_size;
    return status == MICA_OK ? complete(l, err) : status;
}

/* Classes whose config is code of another language or framework: no file of mica runs any. */
static bool holds_code(const char *class_name) {
    static const char *const classes[] = {"Lambda",    "TFSMLayer", "TorchModuleWrapper",
                                          "FlaxLayer", "JaxLayer",  NULL};
    for (const char *const *c = classes; *c; c++)
        if (!strcmp(*c, class_name)) return true;
    return false;
}

static mica_status fail_no_class(mica_context *ctx, const char *class_name, const json_t *config,
                                 mica_error *err) {
    const char *known[512], *name = json_string_value(json_object_get(config, "name"));
    size_t n = 0;
    char what[160];
    snprintf(what, sizeof what, name ? "layer %s" : "layer", name);
    if (holds_code(class_name))
        return fail(err, MICA_UNSUPPORTED,
                    "%s: class %s holds code in Python, which mica does not run: register a class "
                    "of your own in C (mica/custom.h)",
                    what, class_name);
    for (const void *const *k = REGISTERED(ctx, REGISTERED_LAYERS, all_layers);
         *k && n + 1 < LENGTH(known); k++)
        known[n++] = ((const layer_kind *)*k)->name;
    known[n] = NULL;
    return fail_unknown(err, what, "class", class_name, known);
}

mica_layer *layer_from_config(mica_context *ctx, const char *class_name, const json_t *config,
                              mica_error *err) {
    const layer_kind *kind = layer_kind_by_name(ctx, class_name);
    if (!kind) {
        fail_no_class(ctx, class_name, config, err);
        return NULL;
    }
    mica_layer *l = layer_alloc(ctx, kind);
    mica_status status = l ? read(l, config, err) : fail_memory(err, sizeof *l, class_name);
    if (status == MICA_OK) return l;
    if (l) inner_discard(l);
    layer_free(l);
    return NULL;
}

mica_layer *mica_layer_from_config(mica_context *ctx, const char *class_name, const char *json) {
    if (!ctx) return NULL;
    if (LACKS(ctx, class_name, "class_name")) return NULL;
    mica_error err = {0};
    json_t *config = NULL;
    mica_layer *l = NULL;
    mica_status status = json ? config_parse(json, strlen(json), class_name, &config, &err)
                              : MICA_OK;
    if (status == MICA_OK && config) status = vocabularies_from_files(config, class_name, "", &err);
    if (status == MICA_OK) l = layer_from_config(ctx, class_name, config, &err);
    json_decref(config);
    if (l) return l;
    context_fail_with(ctx, &err);
    l = layer_alloc(ctx, NULL);
    if (l) l->failed = true;
    return l;
}

mica_status layer_rename(mica_layer *l, const char *name, mica_error *err) {
    char *own = strdup(name), *kept = arena_text(&l->arena, name);
    if (!own || !kept) {
        free(own);
        return fail_memory(err, strlen(name), "layer name");
    }
    free(l->name);
    l->name = own;
    l->options->name = kept;
    if (!l->built) set_key(l);
    for (size_t i = 0; i < l->weight_count; i++)
        if (!l->kind->borrows_weights || l->kind->inner)
            TRY(layer_name_weight(l, &l->weights[i], err));
    return MICA_OK;
}

void layer_set_frozen(mica_layer *l, bool frozen) {
    l->options->frozen = frozen;
    for (size_t i = 0; i < l->weight_count; i++)
        l->weights[i].variable->variable->frozen = frozen || !l->weights[i].trainable;
}

const char *mica_layer_name(const mica_layer *l) { return l && l->name ? l->name : ""; }

mica_tensor *mica_layer_weight(const mica_layer *l, int i) {
    return l && i >= 0 && (size_t)i < l->weight_count ? l->weights[i].variable : NULL;
}

int64_t layer_parameters(const mica_layer *l, bool trainable_only) {
    int64_t count = 0;
    for (size_t i = 0; i < l->weight_count; i++)
        if (!trainable_only || (l->weights[i].trainable && !l->options->frozen))
            count += mica_tensor_size(l->weights[i].variable);
    return count;
}
