/* Steps that own plans: loops and choices. Their plans run in the step's own stretch of the
 * parent's arena, `work`; what goes in and out of them are pointers into the parent's buffers. */
#ifndef PLAN_CONTROL_H
#define PLAN_CONTROL_H

#include "plan/inside.h"

/* One run's share of such a step. */
typedef struct control_run {
    plan_run *body[MAX_BODIES];
    char *buffers; /* in `work` */
    const void *in[MAX_INPUTS];
    void *out[MAX_OUTPUTS];
} control_run;

/* How to run one op that has bodies. */
typedef struct control {
    const op *op;
    size_t (*buffers)(const step *s); /* bytes that it needs beside its plans */
    mica_status (*run)(const step *s, control_run *r, const kernel_call *c, mica_error *err);
} control;

/* Bytes of work for a step whose bodies, inputs and outputs are set. */
size_t control_bytes(const step *s);
control_run *control_bind(const step *s, team *t, char *work, mica_error *err);
void control_unbind(control_run *r);
mica_status control_execute(const step *s, const kernel_call *c, mica_error *err);

/* Arena bytes in the arena's own alignment. */
size_t arena_rounded(size_t bytes);

extern const control control_scan, control_cond, control_while_loop;

#endif
