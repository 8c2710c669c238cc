/* A plan from inside: steps, places, where each value lies. */
#ifndef PLAN_INSIDE_H
#define PLAN_INSIDE_H

#include "plan/rewrite.h"

/* Where bytes are. */
typedef enum home_kind {
    HOME_NONE,     /* no bytes: only a shape */
    HOME_ARENA,    /* offset in the run's arena */
    HOME_INPUT,    /* the caller's input `number` */
    HOME_OUTPUT,   /* the caller's output `number` */
    HOME_VARIABLE, /* variables[number] */
    HOME_CONSTANT, /* constants[number] */
    HOME_PACKED,   /* packed[number]: a variable in another layout */
} home_kind;

/* A stretch of bytes that one or more values share (views, in place). */
typedef struct place {
    home_kind home;
    int number;
    size_t bytes, offset; /* offset: in the arena, once placed */
    int first, last;      /* steps that write or read it */
} place;

/* What a step reads or writes: a place and where in it. */
typedef struct at {
    int place; /* -1: none */
    size_t offset;
} at;

typedef struct step {
    const kernel *kernel; /* NULL: a reorder or a copy by `backend` */
    const backend *backend;
    kernel_plan plan;
    const op *op;             /* NULL for reorders */
    plan *bodies[MAX_BODIES]; /* of an op that has bodies (control.h): it has no kernel */
    at work;                  /* where those run */
    const void *attrs;
    int inputs, outputs;
    operand *in, *out;
    at *in_at, *out_at;
    layout from, to; /* reorders */
} step;

/* A weight in the layout that a kernel wants, made again when the variable has changed. */
typedef struct packed {
    int variable; /* -1: of a constant, made once */
    const backend *backend;
    layout layout;
    operand what;
    buffer *bytes;
    uint64_t version; /* of the variable it was made from, +1; 0: not yet */
} packed;

struct plan {
    mica_context *ctx;
    arena arena; /* of this struct's small parts */
    step *steps;
    place *places;
    mica_tensor **variables, **constants;
    packed *packs;
    int *updated; /* variables that change: their versions go up */
    operand *inputs, *outputs;
    at *output_at; /* of graph outputs: a copy at the end where the place is not HOME_OUTPUT */
    struct copy {
        at from;
        int variable;
        size_t bytes;
    } * copies; /* updates that could not be written in place */
    size_t step_count, step_room, place_count, place_room, variable_count, variable_room;
    size_t constant_count, constant_room, pack_count, pack_room, updated_count, copy_count;
    size_t input_count, output_count, arena_bytes, scratch_bytes;
    size_t separate_bytes; /* what the arena would be if nothing shared */
    bool poison;
    int lock; /* of packs */
};

size_t operand_bytes(const operand *o); /* row-major */
/* Fills offsets of the arena's places so that no two that live at once overlap. */
mica_status place_arena(plan *p, bool separate, mica_error *err);
/* A run in memory of the caller's: plan_arena_bytes and plan_scratch_bytes, 64-aligned. */
mica_status plan_run_within(const plan *p, team *t, void *arena, void *scratch, plan_run **out,
                            mica_error *err);
/* Lets outputs be written over inputs, and updates into their variables. */
mica_status place_in_place(plan *p, const graph *g, const at *value_at, const at *update_at,
                           mica_error *err);

#endif
