/* Images through weights, forward and backward: see conv.h. */
#include "backend/onednn/conv_cut.h"

#include "backend/onednn/epilogue.h"
#include "backend/onednn/layouts.h"
#include "base/memory.h"

#include <stdlib.h>

/* Weights that stay are packed by the planner, others here at every call. */
static mica_status choose_packing(conv_job *j, const kernel_spec *s, kernel_plan *p) {
    conv_state *state = j->state;
    bool stay = !s->plain && (s->in_constant[1] || (s->inference && s->in_variable[1]));
    desc plain = desc_weights(j->g, state->type, false);
    if (!plain) return fail_memory(j->err, sizeof(desc), "a memory descriptor");
    mica_status status = MICA_OK;
    state->pack = -1;
    if (!desc_equal(plain, j->weights) &&
        !(stay && layout_of_weights(j->g, state->type, j->weights, &p->in_layout[1]))) {
        state->packed_bytes = whole_lines(desc_bytes(j->weights));
        dnnl_primitive_desc_t pd = NULL;
        primitives *primitives = &state->primitives;
        dnnl_status_t r = pd_reorder(&pd, primitives->engine, plain, j->weights,
                                     primitives->plain_attr);
        status = r ? fail_dnnl(j->err, r, "reorder of weights")
                   : primitives_add(primitives, pd, (int[]){DNNL_ARG_FROM, DNNL_ARG_TO}, 2,
                                    &state->pack, j->err);
        if (status == MICA_OK) state->packed_bytes += primitives_scratch(primitives, state->pack);
    }
    desc_free(plain);
    return status;
}

static mica_status prepare(conv_job *j, const kernel_spec *s, kernel_plan *p) {
    primitives *primitives = &j->state->primitives;
    TRY(primitives_open(primitives, j->err));
    int64_t activation = ((const conv_attrs *)s->attrs)->activation;
    if (!post_epilogue(primitives->attr, activation))
        return fail(j->err, MICA_UNSUPPORTED, "oneDNN: convolution with activation %d",
                    (int)activation);
    j->state->activation = activation;
    TRY(conv_cut(j));
    return choose_packing(j, s, p);
}

mica_status conv_prepare(const kernel_spec *s, const window *g, bool backward, kernel_plan *p,
                         mica_error *err) {
    conv_state *state = allocate(1, sizeof *state);
    if (!state) return fail_memory(err, sizeof *state, "oneDNN convolution");
    state->type = element_type(s);
    conv_job j = {.state = state,
                  .g = g,
                  .backward = backward,
                  .inference = s->inference,
                  .bias = !backward && s->inputs > 2,
                  .err = err};
    int threads = alone_begin();
    mica_status status = prepare(&j, s, p);
    alone_end(threads);
    desc_free(j.weights);
    if (status != MICA_OK) {
        conv_release(state);
        return status;
    }
    p->state = state;
    p->scratch_bytes = state->packed_bytes + (size_t)state->count * state->piece_bytes;
    p->detail = state->primitives.detail;
    return MICA_OK;
}

typedef struct conv_call {
    const kernel_call *c;
    const void *weights;
    char *scratch;
} conv_call;

static void run_pieces(void *arg, int64_t begin, int64_t end) {
    const conv_call *r = arg;
    const kernel_call *c = r->c;
    const conv_state *s = c->state;
    size_t size = element_bytes(s->type);
    for (int64_t i = begin; i < end; i++) {
        const piece *p = &s->pieces[i];
        bool bias = s->primitives.steps[p->step].count == 4;
        const void *in = element_at(c->in[0], p->in, size);
        void *out = (char *)c->out[0] + p->out * (int64_t)size;
        primitives_run(&s->primitives, c->run_state, p->step,
                       (const void *[]){in, r->weights, bias ? c->in[2] : out, out},
                       r->scratch + (size_t)i * s->piece_bytes);
        int64_t n = (int64_t)(s->primitives.steps[p->step].bytes / size);
        if (clamps(s->activation)) clamp_rows(s->activation, s->type, out, 1, n, n);
    }
}

void conv_run(const kernel_call *c) {
    const conv_state *s = c->state;
    conv_call r = {.c = c, .weights = c->in[1], .scratch = (char *)c->scratch + s->packed_bytes};
    if (s->pack >= 0) {
        size_t own = primitives_scratch(&s->primitives,
                                        s->pack); /* of the reorder, behind the weights */
        primitives_run(&s->primitives, c->run_state, s->pack,
                       (const void *[]){c->in[1], c->scratch},
                       (char *)c->scratch + s->packed_bytes - own);
        r.weights = c->scratch;
    }
    parallel_for(c->team, s->count, 1, run_pieces, &r);
}

void conv_release(void *state) {
    conv_state *s = state;
    primitives_close(&s->primitives);
    free(s);
}
