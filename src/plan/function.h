/* A traced function: one symbolic graph, and a plan for each set of concrete input shapes that came
 * along (a bounded cache). The runs share one arena of the largest size. */
#ifndef PLAN_FUNCTION_H
#define PLAN_FUNCTION_H

#include "plan/plan.h"

typedef struct function function;

/* Takes the graph over, whatever happens. */
mica_status function_new(graph *traced, const plan_options *options, function **out,
                         mica_error *err);
void function_free(function *f);
const graph *function_graph(const function *f);

/* Compiles for these input shapes ahead of the first call. */
mica_status function_prepare(function *f, const shape *inputs, mica_error *err);
/* Runs on row-major inputs of these shapes; outputs as the plan says. One thread at a time. */
mica_status function_run(function *f, const shape *shapes, const void *const *inputs,
                         void *const *outputs, mica_error *err);
/* The plan for these shapes, compiled where it is not yet; it lives as long as f keeps it. */
mica_status function_plan(function *f, const shape *inputs, const plan **out, mica_error *err);
/* A plan for these shapes that the caller owns (plan_free); the function may be freed before. */
mica_status function_compile(function *f, const shape *inputs, plan **out, mica_error *err);

#endif
