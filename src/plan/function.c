/* Traced functions: see function.h. */
#include "plan/function.h"

#include "plan/specialise.h"

#include <stdlib.h>
#include <string.h>

#define MOST_PLANS 32

typedef struct variant {
    shape *shapes;
    plan *plan;
    plan_run *run;
    uint64_t used; /* when: the least recently used one goes */
} variant;

struct function {
    graph *graph;
    plan_options options;
    variant variants[MOST_PLANS];
    int count;
    uint64_t clock;
    void *memory;
    size_t memory_bytes;
};

mica_status function_new(graph *traced, const plan_options *options, function **out,
                         mica_error *err) {
    function *f = allocate(1, sizeof *f);
    if (!f) {
        graph_free(traced);
        return fail_memory(err, sizeof *f, "a function");
    }
    f->graph = traced;
    if (options) f->options = *options;
    *out = f;
    return MICA_OK;
}

static void variant_free(variant *v) {
    plan_run_free(v->run);
    plan_free(v->plan);
    free(v->shapes);
    *v = (variant){0};
}

void function_free(function *f) {
    if (!f) return;
    for (int i = 0; i < f->count; i++) variant_free(&f->variants[i]);
    graph_free(f->graph);
    release_aligned(f->memory);
    free(f);
}

const graph *function_graph(const function *f) { return f->graph; }

static variant *find(function *f, const shape *inputs) {
    for (int i = 0; i < f->count; i++) {
        bool same = true;
        for (size_t k = 0; k < f->graph->input_count && same; k++)
            same = shape_equal(&f->variants[i].shapes[k], &inputs[k]);
        if (same) return &f->variants[i];
    }
    return NULL;
}

/* A free place, or that of the variant that was not used for longest. */
static variant *vacate(function *f) {
    variant *oldest = &f->variants[0];
    if (f->count < MOST_PLANS) return &f->variants[f->count++];
    for (int i = 1; i < f->count; i++)
        if (f->variants[i].used < oldest->used) oldest = &f->variants[i];
    variant_free(oldest);
    return oldest;
}

mica_status function_compile(function *f, const shape *inputs, plan **out, mica_error *err) {
    graph *concrete = NULL;
    TRY(specialise(f->graph, inputs, &concrete, err));
    mica_status status = plan_compile(concrete, &f->options, out, err);
    graph_free(concrete);
    return status;
}

/* One arena for all: when a larger one is needed, the runs that were bound to the old one go. */
static mica_status share_memory(function *f, size_t bytes, mica_error *err) {
    if (bytes <= f->memory_bytes && f->memory) return MICA_OK;
    void *larger = allocate_aligned(bytes);
    if (!larger) return fail_memory(err, bytes, "the arena");
    for (int i = 0; i < f->count; i++) {
        plan_run_free(f->variants[i].run);
        f->variants[i].run = NULL;
    }
    release_aligned(f->memory);
    f->memory = larger;
    f->memory_bytes = bytes;
    return MICA_OK;
}

static mica_status variant_of(function *f, const shape *inputs, variant **out, mica_error *err) {
    variant *v = find(f, inputs);
    if (!v) {
        plan *made = NULL;
        size_t bytes = sizeof(shape) * (f->graph->input_count + 1);
        shape *copy = allocate(1, bytes);
        if (!copy) return fail_memory(err, bytes, "a function");
        if (inputs) memcpy(copy, inputs, sizeof(shape) * f->graph->input_count); /* NULL of none */
        mica_status status = function_compile(f, inputs, &made, err);
        if (status != MICA_OK) {
            free(copy);
            return status;
        }
        v = vacate(f);
        *v = (variant){.shapes = copy, .plan = made};
    }
    v->used = ++f->clock;
    if (!v->run) {
        TRY(share_memory(f, plan_arena_bytes(v->plan), err));
        TRY(plan_run_new(v->plan, f->graph->ctx->team, f->memory, &v->run, err));
    }
    *out = v;
    return MICA_OK;
}

mica_status function_prepare(function *f, const shape *inputs, mica_error *err) {
    variant *v;
    return variant_of(f, inputs, &v, err);
}

mica_status function_plan(function *f, const shape *inputs, const plan **out, mica_error *err) {
    variant *v;
    TRY(variant_of(f, inputs, &v, err));
    *out = v->plan;
    return MICA_OK;
}

mica_status function_run(function *f, const shape *shapes, const void *const *inputs,
                         void *const *outputs, mica_error *err) {
    variant *v;
    TRY(variant_of(f, shapes, &v, err));
    return plan_execute(v->run, inputs, outputs, err);
}
