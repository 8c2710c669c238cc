/* Predictors and sessions: see mica/session.h. */
#include "train/session.h"

#include "train/program.h"

#include <stdlib.h>

struct mica_predictor {
    mica_model *model; /* held */
    plan *plan;
    int inputs, outputs;
    operand in[MAX_MODEL_INPUTS], out[MAX_MODEL_OUTPUTS];
};

struct mica_session {
    plan_run *run;
    team *team;
    int inputs, outputs;
};

mica_status mica_predictor_new(mica_model *m, int64_t batch, mica_predictor **out,
                               mica_error *err) {
    REQUIRE(m, "model");
    REQUIRE(out, "predictor");
    step_program *program;
    shape shapes[MAX_MODEL_INPUTS];
    if (batch < 1)
        return fail(err, MICA_VALUE, "predictor: a batch of %lld rows", (long long)batch);
    if (model_batch(m) && batch != model_batch(m))
        return fail(err, MICA_VALUE,
                    "predictor: a batch of %lld rows, model %s takes batches of %lld",
                    (long long)batch, m->name, (long long)model_batch(m));
    TRY(step_program_of(m, STEP_PREDICT, NULL, &program, err));
    mica_predictor *p = allocate(1, sizeof *p);
    if (!p) return fail_memory(err, sizeof *p, "a predictor");
    p->model = m;
    p->inputs = m->input_count;
    p->outputs = m->output_count;
    for (int i = 0; i < p->inputs; i++) {
        shapes[i] = program->shape[i];
        shapes[i].dims[0] = batch;
        p->in[i] = (operand){.dtype = program->dtype[i], .shape = shapes[i]};
    }
    mica_status status = function_compile(program->function, shapes, &p->plan, err);
    if (status == MICA_OK && plan_updates(p->plan)) {
        plan_free(p->plan);
        status = fail(err, MICA_UNSUPPORTED,
                      "predictor: model %s is stateful: each run changes what the next one gives, "
                      "so that sessions cannot share it; mica_model_predict runs it",
                      m->name);
    }
    for (int i = 0; i < p->outputs && status == MICA_OK; i++) p->out[i] = plan_output(p->plan, i);
    if (status == MICA_OK) model_hold(m), *out = p;
    else free(p);
    return status;
}

void mica_predictor_destroy(mica_predictor **predictor) {
    if (!predictor || !*predictor) return;
    plan_free((*predictor)->plan);
    model_drop((*predictor)->model);
    free(*predictor);
    *predictor = NULL;
}

const plan *predictor_plan(const mica_predictor *p) { return p->plan; }

int mica_predictor_inputs(const mica_predictor *p) { return p ? p->inputs : 0; }
int mica_predictor_outputs(const mica_predictor *p) { return p ? p->outputs : 0; }

mica_shape mica_predictor_input(const mica_predictor *p, int i, mica_dtype *dtype) {
    if (!p || i < 0 || i >= p->inputs) return MICA_SCALAR;
    if (dtype) *dtype = p->in[i].dtype;
    return p->in[i].shape;
}

mica_shape mica_predictor_output(const mica_predictor *p, int i, mica_dtype *dtype) {
    if (!p || i < 0 || i >= p->outputs) return MICA_SCALAR;
    if (dtype) *dtype = p->out[i].dtype;
    return p->out[i].shape;
}

mica_status mica_session_new(mica_predictor *p, int threads, mica_session **out, mica_error *err) {
    REQUIRE(p, "predictor");
    REQUIRE(out, "session");
    if (threads < 0 || threads > MICA_MAX_THREADS)
        return fail(err, MICA_VALUE, "session_new: threads is %d, expected 0 to %d", threads,
                    MICA_MAX_THREADS);
    mica_session *s = allocate(1, sizeof *s);
    if (!s || !(s->team = team_open(threads > 0 ? threads : p->model->ctx->threads))) {
        free(s);
        return fail_memory(err, sizeof *s, "a session");
    }
    s->inputs = p->inputs, s->outputs = p->outputs;
    mica_status status = plan_run_new(p->plan, s->team, NULL, &s->run, err);
    if (status == MICA_OK) *out = s;
    else mica_session_destroy(&s);
    return status;
}

void mica_session_destroy(mica_session **session) {
    mica_session *s = session ? *session : NULL;
    if (!s) return;
    plan_run_free(s->run);
    team_close(s->team);
    free(s);
    *session = NULL;
}

mica_status mica_session_run(mica_session *s, const void *const *inputs, void *const *outputs,
                             mica_error *err) {
    REQUIRE(s, "session");
    REQUIRE(inputs, "inputs");
    REQUIRE(outputs, "outputs");
    REQUIRE_EACH(inputs, s->inputs, "inputs");
    REQUIRE_EACH(outputs, s->outputs, "outputs");
    return plan_execute(s->run, inputs, outputs, err);
}
