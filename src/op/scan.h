/* The node of a scan. In: carries, sequences (T, …), captured values. Out: the last carries, what
 * each step gives, stacked (T, …), and sums over the steps. Its body: carries, slices, captured
 * values to carries, outputs, summands. As it is traced, the last of the stacked outputs are the
 * carries as each step found them: a gradient needs them, and plan/narrow.c drops what nobody
 * reads. */
#ifndef OP_SCAN_H
#define OP_SCAN_H

#include "op/control.h"

typedef struct scan_attrs {
    int64_t carries, sequences, stacked, summed;
    int64_t length;  /* steps, where no sequence says it; else -1 */
    int64_t reverse; /* the last step first */
} scan_attrs;

/* How many steps; -1 where it is not known. */
int64_t scan_steps(const scan_attrs *a, const operand *in);

/* Traces step, which gives the body's outputs but for the saved carries, as a scan node of the open
 * trace. in: carries and sequences; a.stacked is without the saved carries. */
void emit_scan(mica_context *ctx, scan_attrs a, mica_body step, void *user, mica_tensor *const *in,
               mica_tensor **out);

/* The gradient of a scan node: another scan, the other way round. */
void scan_gradient(gradient_frame *g);

#endif
