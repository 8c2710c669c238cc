/* Inferences wait here, are gathered into batches and run. Whoever's thread is a lane calls
 * engine_drain when it has taken in what there was to read: what came together runs together, and
 * where nothing waits, an inference runs at once on the thread that read it, without a hand-over.
 * Models that take long run on the engine's own workers instead, so that they hold up no
 * connection. */
#ifndef SERVE_ENGINE_H
#define SERVE_ENGINE_H

#include "serve/served.h"

typedef struct engine engine;

/* `workers` threads for slow models; their lanes are first_lane, first_lane + 1 … */
mica_status engine_open(int workers, int first_lane, engine **out, mica_error *err);
/* From here on nothing is taken (INTERRUPTED), nothing waits for others, and workers end when they
 * have run what waits for them; lanes drain what waits for lanes. */
void engine_stop(engine *e);
/* Behind engine_stop and the last engine_drain. */
void engine_close(engine *e);

/* Queues x, whose contract is s's; x is the engine's until `done` is called, on whatever lane runs
 * it, with OK and the outputs in x, or an error: TIMEOUT, what the run says. Errors (done is not
 * called): BUSY where too many wait, INTERRUPTED after
 * engine_stop. The caller holds s until done. `has_lane`: the caller will
 * call engine_drain soon; else a worker runs it. */
mica_status engine_submit(engine *e, served *s, inference *x, bool has_lane,
                          void (*done)(void *user, mica_status status, const mica_error *err),
                          void *user, mica_error *err);
/* Runs x at once on this lane, where waiting for others would cost more than it saves (tiny
 * models); false: it did nothing, and x is to be queued. *status, *err: how it went. */
bool engine_run_now(served *s, int lane, inference *x, mica_status *status, mica_error *err);
/* Tells what waits too long, and runs one batch that is due on this lane, so that its replies are
 * sent before the next one runs. The seconds until something else is due; 0: now; INFINITY: nothing
 * waits. */
double engine_drain(engine *e, int lane);
/* The longest that one of the workers has been at the same batch. Any thread. */
double engine_busy(const engine *e);
int64_t engine_waiting(engine *e, const served *s);

#endif
