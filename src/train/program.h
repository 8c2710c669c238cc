/* A model's steps as traced functions: train, test, predict. */
#ifndef TRAIN_PROGRAM_H
#define TRAIN_PROGRAM_H

#include "mica/train.h"
#include "model/model.h"
#include "plan/function.h"

typedef enum step_kind { STEP_TRAIN, STEP_TEST, STEP_PREDICT, STEP_COUNT } step_kind;

/* What goes in: x…, then y…, then sample weights where weighted. Out: the loss (scalar), then, with
 * several outputs, the loss of each; for predict the model's outputs. */
typedef struct signature {
    shape y_shape[MAX_MODEL_TENSORS]; /* with the batch, -1 */
    bool weighted;
    shape weight_shape; /* with the batch: (B), or (B, T) for weights of steps */
    bool guarded;       /* a step whose loss is not finite changes nothing */
} signature;

typedef struct step_program {
    function *function;
    signature signature;
    unsigned revision; /* of the model's layers when it was traced */
    int inputs;
    mica_dtype dtype[2 * MAX_MODEL_TENSORS + 1]; /* of every input */
    shape traced[2 * MAX_MODEL_TENSORS + 1];     /* -1 where the model takes any extent */
    shape shape[2 * MAX_MODEL_TENSORS + 1];      /* batch -1, the rest that of the data now bound */
} step_program;

/* The layer, or the one in it, that has still to learn from data (mica_layer_adapt); NULL: none. */
const mica_layer *unlearned_layer(mica_layer *l);

/* The program for this signature, traced anew where it differs from the last. */
mica_status step_program_of(mica_model *m, step_kind kind, const signature *s, step_program **out,
                            mica_error *err);
/* Compiles its plan for that batch size. */
mica_status step_program_prepare(step_program *p, int64_t batch, mica_error *err);
/* Runs it on buffers of `batch` rows. */
mica_status step_program_run(step_program *p, int64_t batch, void *const *buffers,
                             void *const *outputs, mica_error *err);

#endif
