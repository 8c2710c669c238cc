/* Running a choice: the plan of one body, on what that body captured. */
#include "op/cond.h"

#include "plan/control.h"

static size_t no_buffers(const step *s) { return (void)s, 0; }

static mica_status cond_run(const step *s, control_run *r, const kernel_call *c, mica_error *err) {
    const cond_attrs *a = s->attrs;
    bool holds = dtype_load(MICA_BOOL, c->in[0]) != 0;
    return plan_execute(r->body[!holds], c->in + 1 + (holds ? 0 : a->captured), c->out, err);
}

const control control_cond = {&op_cond, no_buffers, cond_run};
