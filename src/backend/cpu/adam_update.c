/* adam_update in float32, in pieces whose borders depend on the number of elements alone. */
#include "backend/cpu/adam_update.h"

#include "backend/kernel.h"
#include "op/adam_update.h"

#define PIECE 4096 /* elements: whole vectors of every instruction set */

static bool supports(const kernel_spec *s) {
    for (int i = 0; i < 5; i++)
        if (s->in[i].dtype != MICA_FLOAT32) return false;
    return true;
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    (void)s, (void)err;
    p->state = (void *)ISA_CHOOSE(adam_updates, isa_best()); /* a constant: nothing to release */
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct update_call {
    const kernel_call *call;
    adam_update_factors factors;
    int64_t n;
} update_call;

static void run_pieces(void *arg, int64_t begin, int64_t end) {
    const update_call *u = arg;
    const adam_update_table *table = u->call->state;
    int64_t at = begin * PIECE, last = end * PIECE < u->n ? end * PIECE : u->n;
    const float *in[4];
    float *out[3];
    for (int i = 0; i < 4; i++) in[i] = (const float *)u->call->in[i] + at;
    for (int i = 0; i < 3; i++) out[i] = (float *)u->call->out[i] + at;
    table->run(last - at, &u->factors, in, out);
}

/* Nothing is updated: in place there is nothing to do. */
static void keep_pieces(void *arg, int64_t begin, int64_t end) {
    const update_call *u = arg;
    const kernel_call *c = u->call;
    int64_t last = end * PIECE < u->n ? end * PIECE : u->n;
    for (int64_t i = begin * PIECE; i < last; i++) {
        float kept[3]; /* first all are read: an output may lie on another's input */
        for (int k = 0; k < 3; k++) kept[k] = ((const float *)c->in[k])[i];
        for (int k = 0; k < 3; k++) ((float *)c->out[k])[i] = kept[k];
    }
}

static void run(const kernel_call *c) {
    const adam_update_attrs *a = c->attrs;
    update_call u = {.call = c,
                     .factors = {.keep_1 = (float)(1 - a->beta_1),
                                 .keep_2 = (float)(1 - a->beta_2),
                                 .epsilon = (float)a->epsilon,
                                 .rate = *(const float *)c->in[4]},
                     .n = shape_size(&c->out_info[0].shape)};
    bool updates = c->inputs < 6 || *(const bool *)c->in[5];
    parallel_for(c->team, (u.n + PIECE - 1) / PIECE, 4, updates ? run_pieces : keep_pieces, &u);
}

extern const kernel kernel_cpu_adam_update;
const kernel kernel_cpu_adam_update = {.name = "cpu adam_update",
                                       .op = &op_adam_update,
                                       .supports = supports,
                                       .prepare = prepare,
                                       .run = run,
                                       .in_place_any = true};
