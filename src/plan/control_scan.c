/* Running a scan: the body's plan once a step. Slices and stacked outputs are pointers into the
 * whole; a carry goes to and fro between its output and a buffer, so that the last step leaves it
 * in its output; the first step writes sums where they belong, later ones are added to them. */
#include "op/scan.h"

#include "plan/control.h"

#include <string.h>

/* Each carry has a second buffer, each sum one for the step's part. */
static size_t scan_buffers(const step *s) {
    const scan_attrs *a = s->attrs;
    size_t bytes = 0;
    for (int i = 0; i < s->outputs; i++)
        if (i < a->carries || i >= a->carries + a->stacked)
            bytes += arena_rounded(operand_bytes(&s->out[i]));
    return bytes;
}

static void add_part(const operand *o, void *sum, const void *part) {
    int64_t n = shape_size(&o->shape);
    size_t size = mica_dtype_size(o->dtype);
    char *to = sum;
    const char *from = part;
    if (o->dtype == MICA_FLOAT32) {
        for (int64_t i = 0; i < n; i++) ((float *)sum)[i] += ((const float *)part)[i];
    } else {
        for (int64_t i = 0; i < n; i++, to += size, from += size)
            dtype_store(o->dtype, to, dtype_load(o->dtype, to) + dtype_load(o->dtype, from));
    }
}

/* The pointers of step number `number` of `steps`, which is place t of what is stacked. */
static void point(const step *s, control_run *r, const kernel_call *c, int64_t number,
                  int64_t steps, int64_t t) {
    const scan_attrs *a = s->attrs;
    char *next = r->buffers;
    for (int i = 0; i < s->inputs; i++) {
        bool slice = i >= a->carries && i < a->carries + a->sequences;
        size_t one = slice && steps ? operand_bytes(&s->in[i]) / (size_t)steps : 0;
        r->in[i] = (const char *)c->in[i] + (size_t)t * one;
        if (i < a->carries && number > 0) r->in[i] = r->out[i];
    }
    for (int i = 0; i < s->outputs; i++) {
        size_t bytes = operand_bytes(&s->out[i]);
        if (i >= a->carries && i < a->carries + a->stacked) {
            r->out[i] = (char *)c->out[i] + (size_t)t * (bytes / (size_t)steps);
            continue;
        }
        bool here = i < a->carries ? (steps - 1 - number) % 2 == 0 : number == 0;
        r->out[i] = here ? c->out[i] : next;
        next += arena_rounded(bytes);
    }
}

static void no_steps(const step *s, const kernel_call *c) {
    const scan_attrs *a = s->attrs;
    for (int i = 0; i < s->outputs; i++) {
        size_t bytes = operand_bytes(&s->out[i]);
        if (!bytes) continue;
        if (i < a->carries) memcpy(c->out[i], c->in[i], bytes);
        else memset(c->out[i], 0, bytes);
    }
}

static mica_status scan_run(const step *s, control_run *r, const kernel_call *c, mica_error *err) {
    const scan_attrs *a = s->attrs;
    int64_t steps = scan_steps(a, s->in);
    if (!steps) no_steps(s, c);
    for (int64_t number = 0; number < steps; number++) {
        point(s, r, c, number, steps, a->reverse ? steps - 1 - number : number);
        TRY(plan_execute(r->body[0], r->in, r->out, err));
        for (int i = (int)(a->carries + a->stacked); i < s->outputs && number > 0; i++)
            add_part(&s->out[i], c->out[i], r->out[i]);
    }
    return MICA_OK;
}

const control control_scan = {&op_scan, scan_buffers, scan_run};
