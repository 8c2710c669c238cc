/* A version of a model that is loaded: its plans, what each lane needs to run them, what is counted
 * of it. It changes no more once it is made, but for its counters; whoever uses it holds it.
 *
 * A lane is a thread that runs models: each has rooms of its own, so that lanes share plans and
 * weights and nothing else. */
#ifndef SERVE_SERVED_H
#define SERVE_SERVED_H

#include "mica/session.h"
#include "monitor/meter.h"
#include "plan/plan.h"
#include "serve/inference.h"

#include <pthread.h>

enum { BATCH_POWERS = 11 }; /* plans for 1, 2, 4 … 1024 rows */
#define MOST_BATCH (1 << (BATCH_POWERS - 1))
#define MOST_LANES 256

typedef struct served_options {
    const char *name, *version, *path;
    const char *backend; /* NULL: any */
    int lanes;           /* numbers of lanes: 0 … lanes - 1 */
    int threads;         /* of one run */
    int64_t max_batch;   /* rows that are run together, 1 … MOST_BATCH */
    int64_t max_queue;   /* inferences that may wait */
    double max_delay;    /* seconds that an inference may wait for others */
    double inline_limit; /* a model whose single row takes longer leaves the threads of connections
                            alone: workers run it */
} served_options;

/* Of a version that sees copies of requests (shadow.h). */
typedef struct shadow_counters {
    _Atomic uint64_t same, different, failed, dropped; /* by what was compared, or was not */
} shadow_counters;

enum { RECENT = 10 }; /* seconds of which the newest figures are */
typedef struct served_counters {
    _Atomic uint64_t done, refused, failed; /* answered; wrong or too much; our own fault */
#define METER(member, bounds, name, help) meter member;
#include "serve/meters.def"
#undef METER
    meter_state recent[RECENT + 1]; /* of `request`, of each of the last seconds */
    int second;
    pthread_mutex_t ticking; /* of these two */
    shadow_counters shadow;
} served_counters;

/* Of one lane. */
typedef struct served_room {
    team *team;
    plan_run *run[BATCH_POWERS]; /* made at first use; they share the arena */
    void *arena;
    size_t arena_bytes;
    void *in[MAX_MODEL_INPUTS], *out[MAX_MODEL_OUTPUTS]; /* of a whole batch; at first use */
} served_room;

typedef struct served {
    atomic_int holders;
    served_options options;
    arena texts; /* of options and contract */
    contract contract;
    struct preparation *preparation; /* the contract's */
    mica_context *ctx;
    mica_model *model;
    mica_predictor *predictor[BATCH_POWERS];
    int powers;         /* how many of them; 0: extents are free (served_batch.c) */
    bool padded;        /* the model has a batch of its own: predictor[0] is for so many rows */
    int64_t fixed;      /* that batch */
    size_t arena_bytes; /* of the largest plan */
    size_t row_in[MAX_MODEL_INPUTS], row_out[MAX_MODEL_OUTPUTS]; /* bytes of a row */
    served_room *room;                                           /* of each lane */
    int64_t batch; /* rows that are gathered: the fewest that run about as fast, each, as many do */
    bool instant;  /* batches would save less time than it takes to wait for them */
    double row_seconds; /* one row alone, measured when it was loaded */
    served_counters counters;
    /* ---- the engine's: inferences that wait, under its lock ---- */
    inference *first, *last;
    int64_t waiting;
    bool listed, runs; /* runs: a batch of free extents does, which have one set of plans */
    struct served *next_listed;
} served;

/* Loads, compiles, runs once. The holder is the caller. Errors: as mica_model_load; UNSUPPORTED for
 * stateful models. */
mica_status served_load(const served_options *o, served **out, mica_error *err);
served *served_hold(served *s);
/* The last one frees it, on whatever thread that is. */
void served_release(served *s);

/* Room for the outputs of `rows` rows in x's memory. */
mica_status served_place_outputs(const served *s, inference *x, mica_error *err);
/* Runs `rows` rows on a lane: row-major inputs of the contract's types and extents. */
mica_status served_run(served *s, int lane, int64_t rows, void *const *in, void *const *out,
                       mica_error *err);
/* The lane's own buffers for a whole batch; false without memory. */
bool served_batch_room(served *s, int lane);

/* Once a second, one thread. */
void served_tick(served *s);
/* What was counted in the last seconds, and in how many. */
meter_state served_recent(served *s, int *seconds);

#endif
