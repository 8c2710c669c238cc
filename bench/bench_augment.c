/* What changes pictures while a model is trained, medians in ms as JSON: layers, each compiled for
 * one batch, and what mixes pictures with their labels, MixUp and CutMix, in the batch itself. They
 * are JSON, {"CLASS": {CONFIG}} or {"NAME": {"class_name": "CLASS", …}}.
 *
 *     bench_augment LAYERS [CALLS] */
#include "base/busy.h"
#include "base/philox.h"
#include "batch/mix.h"
#include "mica/mica.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CALLS 1000

static mica_context *ctx;
static mica_error err;

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void require(mica_status status) {
    if (status == MICA_OK) return;
    fprintf(stderr, "%s\n", err.message);
    exit(1);
}

#define BATCH 32
#define CLASSES 10
#define PIXELS ((int64_t)BATCH * 224 * 224 * 3)

static float *pixels(void) {
    float *values = malloc(sizeof *values * (size_t)PIXELS);
    if (!values) exit(2);
    for (int64_t i = 0; i < PIXELS; i++) values[i] = (float)(philox(7, 0, (uint64_t)i).v[0] >> 24);
    return values;
}

/* 32 pictures of 224x224 in 0 … 255. */
static mica_tensor *pictures(void) {
    float *values = pixels();
    mica_tensor *t = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(BATCH, 224, 224, 3), values);
    free(values);
    return t;
}

static void change(void *layer, mica_context *own, mica_tensor *const *in, mica_tensor **out) {
    (void)own;
    out[0] = mica_layer_call(layer, in[0], true);
}

static double ms[MOST_CALLS];

static double median(int calls) {
    qsort(ms, (size_t)calls, sizeof *ms, by_size);
    return ms[calls / 2];
}

static double measure(mica_layer *layer, mica_tensor *x, int calls) {
    mica_function *f = mica_function_new(ctx, change, layer, 1, 1, NULL);
    for (int i = -2; i < calls; i++) { /* the first ones compile */
        mica_scope *scope = mica_scope_open(ctx);
        mica_tensor *y;
        int64_t begin = clock_ns();
        mica_function_call(f, &x, &y);
        if (i >= 0) ms[i] = (double)(clock_ns() - begin) / 1e6;
        require(mica_check(ctx, &err));
        mica_scope_close(&scope);
    }
    mica_function_destroy(&f);
    return median(calls);
}

static double measure_mix(const char *class_name, json_t *options, int calls) {
    const mix_column columns[] = {
        {.dtype = MICA_FLOAT32, .shape = {3, {224, 224, 3}}, .name = "pictures"},
        {.dtype = MICA_FLOAT32, .shape = {1, {CLASSES}}, .target = true, .name = "labels"}};
    const bool mixed[] = {true, true};
    static float labels[BATCH * CLASSES];
    mixing m = {0};
    float *x = pixels();
    json_t *config = json_pack("{s:s, s:O}", "class_name", class_name, "config", options);
    char *text = json_dumps(config, 0);
    for (int i = 0; i < BATCH; i++) labels[i * CLASSES + i % CLASSES] = 1;
    require(mixing_add(&m, text, 7, &err));
    require(mixing_open(&m, columns, mixed, 2, BATCH, &err));
    for (int i = 0; i < calls; i++) {
        int64_t begin = clock_ns();
        mix_rows(&m, (void *[]){x, labels}, BATCH, 0, (int64_t)i * BATCH);
        ms[i] = (double)(clock_ns() - begin) / 1e6;
    }
    mixing_close(&m);
    json_decref(config);
    free(text), free(x);
    return median(calls);
}

static double measure_layer(const char *class_name, json_t *options, mica_tensor *x, int calls) {
    char *text = json_dumps(options, 0);
    mica_layer *layer = mica_layer_from_config(ctx, class_name, text);
    require(mica_check(ctx, &err));
    free(text);
    return measure(layer, x, calls);
}

int main(int argc, char **argv) {
    json_t *layers = argc > 1 ? json_loads(argv[1], 0, NULL) : NULL, *config;
    int calls = argc > 2 ? atoi(argv[2]) : 20, printed = 0;
    const char *name;
    ctx = mica_open(NULL);
    if (!layers || !ctx || calls < 1 || calls > MOST_CALLS) return 2;
    mica_tensor *x = pictures();
    json_object_foreach(layers, name, config) {
        const char *kind = json_string_value(json_object_get(config, "class_name"));
        char *class_name = strdup(kind ? kind : name);
        json_object_del(config, "class_name");
        bool mixes = !strcmp(class_name, "MixUp") || !strcmp(class_name, "CutMix");
        double time = mixes ? measure_mix(class_name, config, calls)
                            : measure_layer(class_name, config, x, calls);
        printf("%s\"%s\": %.3f", printed++ ? ", " : "{", name, time);
        fflush(stdout);
        free(class_name);
    }
    printf("}\n");
    json_decref(layers);
    mica_close(&ctx);
    return 0;
}
