/* mica_dataset_map_model: inputs as a model changes them, in a pipeline. Every thread has a session
 * of its own; samples go through it one by one, so that what one becomes depends on nothing else.
 */
#include "data/pipe.h"
#include "mica/session.h"
#include "model/model.h"

#include <stdlib.h>

typedef struct model_map {
    mica_predictor *predictor;
    int threads, inputs, outputs;
    mica_session **session; /* of each thread */
    room *room;             /* of each thread: inputs in the model's types */
    mica_dtype dtype[MAX_MODEL_INPUTS];
    int64_t size[MAX_MODEL_INPUTS]; /* of each input */
} model_map;

static void destroy(void *user) {
    model_map *m = user;
    for (int i = 0; m->session && i < m->threads; i++) mica_session_destroy(&m->session[i]);
    for (int i = 0; m->room && i < m->threads; i++) room_free(&m->room[i]);
    mica_predictor_destroy(&m->predictor);
    free(m->session);
    free(m->room);
    free(m);
}

static mica_status run(void *user, int worker, const mica_sample *in, const mica_sample *out,
                       mica_error *err) {
    model_map *m = user;
    const void *from[MAX_MODEL_INPUTS];
    void *to[MAX_MODEL_OUTPUTS];
    for (int i = 0; i < m->inputs; i++) {
        size_t bytes = (size_t)m->size[i] * mica_dtype_size(m->dtype[i]);
        void *values = room_block(&m->room[worker], i, bytes);
        if (!values) return fail_memory(err, bytes, "an input of the model");
        convert(in->value[i].dtype, in->value[i].data, m->dtype[i], values, m->size[i]);
        from[i] = values;
    }
    for (int i = 0; i < m->outputs; i++) to[i] = out->value[i].data;
    return mica_session_run(m->session[worker], from, to, err);
}

static mica_status check_inputs(const mica_dataset *d, const mica_model *model, model_map *m,
                                mica_error *err) {
    char got[128], want[128];
    int have = 0;
    while (dataset_column(d, COLUMN_INPUT, have) >= 0) have++;
    m->inputs = mica_predictor_inputs(m->predictor);
    if (have != m->inputs)
        return fail(err, MICA_SHAPE, "dataset_map_model: %d inputs, model %s expects %d", have,
                    model->name, m->inputs);
    for (int i = 0; i < m->inputs; i++) {
        const column *c = &d->column[dataset_column(d, COLUMN_INPUT, i)];
        shape s = mica_predictor_input(m->predictor, i, &m->dtype[i]);
        m->size[i] = shape_size(&s);
        shape_format(&c->shape, got), shape_format(&s, want);
        if (shape_size(&c->shape) != m->size[i])
            return fail(err, MICA_SHAPE,
                        "dataset_map_model: samples of %s have shape %s, model %s expects %s",
                        c->name, got, model->name, want);
        if ((c->dtype == MICA_STRING) != (m->dtype[i] == MICA_STRING))
            return fail(err, MICA_TYPE, "dataset_map_model: %s is %s, model %s expects %s", c->name,
                        mica_dtype_name(c->dtype), model->name, mica_dtype_name(m->dtype[i]));
    }
    return MICA_OK;
}

static mica_status open_sessions(model_map *m, mica_error *err) {
    m->session = allocate((size_t)m->threads, sizeof(mica_session *));
    m->room = allocate((size_t)m->threads, sizeof *m->room);
    if (!m->session || !m->room) return fail_no_memory(err, "dataset_map_model");
    for (int i = 0; i < m->threads; i++)
        TRY(mica_session_new(m->predictor, 1, &m->session[i], err));
    return MICA_OK;
}

/* The outputs of the model, without the batch. */
static void output_types(model_map *m, mica_value_type *types) {
    m->outputs = mica_predictor_outputs(m->predictor);
    for (int i = 0; i < m->outputs; i++) {
        shape s = mica_predictor_output(m->predictor, i, &types[i].dtype);
        types[i].shape.rank = s.rank - 1;
        for (int k = 1; k < s.rank; k++) types[i].shape.dims[k - 1] = s.dims[k];
    }
}

static mica_status map_model(mica_dataset *of, mica_model *model, model_map *m, mica_dataset **out,
                             mica_error *err) {
    mica_value_type types[MAX_MODEL_OUTPUTS] = {0};
    TRY(mica_predictor_new(model, 1, &m->predictor, err));
    TRY(check_inputs(of, model, m, err));
    output_types(m, types);
    TRY(open_sessions(m, err));
    map_settings s = {.name = "dataset_map_model",
                      .work = run,
                      .user = m,
                      .destroy = destroy,
                      .options = {.inputs = types,
                                  .input_count = m->outputs,
                                  .inputs_only = true,
                                  .threads = m->threads}};
    return pipe_map(of, &s, out, err);
}

mica_dataset *mica_dataset_map_model(mica_dataset *of, mica_model *model, int threads) {
    if (!of || LACKS(of->ctx, model, "model")) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    model_map *m = allocate(1, sizeof *m);
    mica_status status = m ? MICA_OK : fail_memory(&err, sizeof *m, "dataset_map_model");
    if (status == MICA_OK && (threads < 0 || threads > MICA_MAX_THREADS))
        status = fail(&err, MICA_VALUE, "dataset_map_model: threads is %d, expected 0 to %d",
                      threads, MICA_MAX_THREADS);
    if (status == MICA_OK) {
        m->threads = threads ? threads : context_workers(of->ctx);
        status = map_model(of, model, m, &d, &err);
    }
    if (status != MICA_OK && m) destroy(m);
    return pipe_end(of->ctx, status, d, &err);
}
