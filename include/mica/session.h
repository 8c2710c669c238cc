/* Inference from any number of threads: a predictor is a compiled model for one batch size,
 * immutable and shared; a session runs it and belongs to one thread at a time. Nothing is allocated
 * in a run. */
#ifndef MICA_SESSION_H
#define MICA_SESSION_H

#include "mica/model.h"

MICA_API_BEGIN

typedef struct mica_predictor mica_predictor;
typedef struct mica_session mica_session;

/* Compiles the model for batches of that many rows. It keeps what it needs of the model,
 * whose weights may be changed while no session runs. Made and destroyed on the context's own
 * thread. Errors: VALUE where the model has a batch of its own and it is another; UNSUPPORTED for
 * models with stateful layers, whose runs depend on those before. */
mica_status mica_predictor_new(mica_model *model, int64_t batch_size, mica_predictor **predictor,
                               mica_error *err);
void mica_predictor_destroy(mica_predictor **predictor);
int mica_predictor_inputs(const mica_predictor *p);
int mica_predictor_outputs(const mica_predictor *p);
/* Type and shape (with the batch) of input or output i, as a run takes and gives them. */
mica_shape mica_predictor_input(const mica_predictor *p, int i, mica_dtype *dtype);
mica_shape mica_predictor_output(const mica_predictor *p, int i, mica_dtype *dtype);

/* A session with threads of its own, its caller among them: 1 to MICA_MAX_THREADS, more than the
 * context has if need be (0: as many as it has). */
mica_status mica_session_new(mica_predictor *p, int threads, mica_session **session,
                             mica_error *err);
void mica_session_destroy(mica_session **session);
/* Row-major inputs to outputs. The same bits from every session, for any number of threads. */
mica_status mica_session_run(mica_session *s, const void *const *inputs, void *const *outputs,
                             mica_error *err);

MICA_API_END

#endif
