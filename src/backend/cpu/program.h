/* Running a chain of elementwise ops over cache-sized blocks: what the kernels of single ops and of
 * `fused` share. */
#ifndef BACKEND_CPU_PROGRAM_H
#define BACKEND_CPU_PROGRAM_H

#include "backend/kernel.h"
#include "op/fused.h"

/* The steps of a node: a copy of its own for `fused`, one step for any other op. */
void program_steps(const kernel_spec *s, fused_attrs *out);
/* Whether every step has a loop. */
bool program_supports(const kernel_spec *s);
mica_status program_prepare(const kernel_spec *s, kernel_plan *p, mica_error *err);
void program_run(const kernel_call *c);
void program_release(void *state);

#endif
