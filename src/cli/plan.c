/* mica plan: the compiled plan of a model, for inference or for a training step. */
#include "cli/cli.h"
#include "train/program.h"

#include <stdlib.h>

typedef struct plan_command_options {
    common_options common;
    int64_t batch_size;
    bool train;
} plan_command_options;

#define O plan_command_options
static const option options[] = {
    COUNT_OPTION(O, batch_size, "batch-size", "N", 1, "samples at a time (default 64)"),
    FLAG(O, train, "train", "the training step, instead of inference"),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

/* Targets as the losses want them: labels, or rows like the output. */
static signature default_signature(const mica_model *m) {
    signature s = {.guarded = true}; /* as mica train asks for it */
    for (int i = 0; i < m->output_count; i++) {
        s.y_shape[i] = *model_output_shape(m, i);
        if (m->compiled.loss[i] && m->compiled.loss[i]->kind->sparse_labels) s.y_shape[i].rank--;
    }
    return s;
}

static mica_status make_plan(mica_model *m, const plan_command_options *o, const plan **out,
                             mica_error *err) {
    step_program *p;
    shape shapes[MAX_PROGRAM_INPUTS];
    signature s = default_signature(m);
    TRY(step_program_of(m, o->train ? STEP_TRAIN : STEP_PREDICT, o->train ? &s : NULL, &p, err));
    for (int i = 0; i < p->inputs; i++) {
        shapes[i] = p->shape[i];
        shapes[i].dims[0] = given(o->batch_size) ? o->batch_size
                            : model_batch(m)     ? model_batch(m)
                                                 : 64;
        if (!shape_known(&shapes[i]))
            return fail(err, MICA_SHAPE, "plan: input %d has free extents", i);
    }
    return function_plan(p->function, shapes, out, err);
}

static mica_status print_plan(mica_model *m, const plan_command_options *o, mica_error *err) {
    const plan *compiled;
    strbuf text = {0};
    TRY(make_plan(m, o, &compiled, err));
    plan_print(compiled, &text);
    if (o->common.json)
        print_json(json_pack("{s:i, s:I, s:I, s:s}", "steps", plan_steps(compiled), "arena_bytes",
                             (json_int_t)plan_arena_bytes(compiled), "scratch_bytes",
                             (json_int_t)plan_scratch_bytes(compiled), "text",
                             text.data ? text.data : ""));
    else if (text.data) fputs(text.data, stdout);
    mica_status status = text.failed ? fail_memory(err, text.capacity, "the plan") : MICA_OK;
    strbuf_free(&text);
    return status;
}

static int run(void *data) {
    const plan_command_options *o = data;
    mica_error err = {0};
    mica_model *model = NULL;
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    mica_status status = mica_model_load(ctx, o->common.argument[0], &model, &err);
    if (status == MICA_OK) status = print_plan(model, o, &err);
    return finish(ctx, &o->common, status, &err);
}

const command command_plan = {
    "plan", "MODEL", "the compiled plan", options, sizeof(plan_command_options), 1, 1, run, NULL};
