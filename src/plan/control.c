/* Steps that own plans: see control.h. */
#include "plan/control.h"

#include <stdlib.h>

static const control *const controls[] = {&control_scan, &control_cond, &control_while_loop};

static const control *control_of(const step *s) {
    for (size_t i = 0; i < LENGTH(controls); i++)
        if (controls[i]->op == s->op) return controls[i];
    return NULL;
}

/* Of two bodies one runs at a time, but a condition's result is read while its body runs. */
static size_t body_bytes(const plan *p) {
    return arena_rounded(p->arena_bytes) + arena_rounded(p->scratch_bytes);
}

size_t control_bytes(const step *s) {
    size_t bytes = control_of(s)->buffers(s);
    for (int k = 0; k < s->op->bodies; k++) bytes += body_bytes(s->bodies[k]);
    return bytes;
}

control_run *control_bind(const step *s, team *t, char *work, mica_error *err) {
    control_run *r = allocate(1, sizeof *r);
    if (!r) return fail_memory(err, sizeof *r, s->op->name), NULL;
    r->buffers = work;
    work += control_of(s)->buffers(s);
    for (int k = 0; k < s->op->bodies; k++) {
        const plan *p = s->bodies[k];
        char *scratch = work + arena_rounded(p->arena_bytes);
        if (plan_run_within(p, t, work, scratch, &r->body[k], err) != MICA_OK) {
            control_unbind(r);
            return NULL;
        }
        work += body_bytes(p);
    }
    return r;
}

void control_unbind(control_run *r) {
    for (int k = 0; k < MAX_BODIES; k++) plan_run_free(r->body[k]);
    free(r);
}

mica_status control_execute(const step *s, const kernel_call *c, mica_error *err) {
    return control_of(s)->run(s, c->run_state, c, err);
}
