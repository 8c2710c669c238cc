/* Running a loop while its condition holds. A carry goes to and fro between its output and a
 * buffer; where the last step leaves it in the buffer it is copied at the end. */
#include "op/while_loop.h"

#include "plan/control.h"

#include <string.h>

/* A second buffer of each carry, and the condition's result. */
static size_t while_buffers(const step *s) {
    size_t bytes = arena_rounded(mica_dtype_size(MICA_BOOL));
    for (int i = 0; i < s->outputs; i++) bytes += arena_rounded(operand_bytes(&s->out[i]));
    return bytes;
}

/* The outputs of the step, or the buffers beside them. */
static void point_out(const step *s, control_run *r, const kernel_call *c, bool buffered) {
    char *next = r->buffers + arena_rounded(mica_dtype_size(MICA_BOOL));
    for (int i = 0; i < s->outputs; i++) {
        r->out[i] = buffered ? next : c->out[i];
        next += arena_rounded(operand_bytes(&s->out[i]));
    }
}

/* Carries stand in front in r->in already. */
static mica_status ask(const step *s, control_run *r, const kernel_call *c, bool *holds,
                       mica_error *err) {
    const while_attrs *a = s->attrs;
    void *result = r->buffers;
    for (int i = (int)a->carries; i < a->carries + a->captured; i++) r->in[i] = c->in[i];
    TRY(plan_execute(r->body[0], r->in, &result, err));
    *holds = dtype_load(MICA_BOOL, result) != 0;
    return MICA_OK;
}

static mica_status while_run(const step *s, control_run *r, const kernel_call *c, mica_error *err) {
    const while_attrs *a = s->attrs;
    bool holds = true;
    for (int i = 0; i < a->carries; i++) r->in[i] = c->in[i];
    for (int64_t t = 0; t != a->most; t++) {
        TRY(ask(s, r, c, &holds, err));
        if (!holds) break;
        for (int i = (int)(a->carries + a->captured); i < s->inputs; i++)
            r->in[i - a->captured] = c->in[i];
        point_out(s, r, c, t % 2);
        TRY(plan_execute(r->body[1], r->in, r->out, err));
        for (int i = 0; i < a->carries; i++) r->in[i] = r->out[i];
    }
    for (int i = 0; i < s->outputs; i++)
        if (r->in[i] != c->out[i] && operand_bytes(&s->out[i]))
            memcpy(c->out[i], r->in[i], operand_bytes(&s->out[i]));
    return MICA_OK;
}

const control control_while_loop = {&op_while_loop, while_buffers, while_run};
