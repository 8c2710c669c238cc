/* See served.h. */
#include "serve/served.h"

#include "base/clock.h"
#include "mica/format.h"
#include "serve/contract.h"
#include "train/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- plans ---- */

static mica_status sum_inputs(served *s, mica_error *err) {
    const contract *c = &s->contract;
    for (int i = 0; i < c->inputs; i++) {
        size_t bytes = mica_dtype_size(c->in[i].dtype);
        for (int k = 1; k < c->in[i].shape.rank; k++)
            if (__builtin_mul_overflow(bytes, (size_t)c->in[i].shape.dims[k], &bytes))
                return fail(err, MICA_VALUE, "%s: a row of \"%s\" is too large", c->name,
                            c->in[i].name);
        s->row_in[i] = bytes;
    }
    return MICA_OK;
}

/* Type and extents as the plan gives them, which may know more than the model says. */
static void sum_outputs(served *s) {
    for (int i = 0; i < s->contract.outputs; i++) {
        served_value *v = &s->contract.out[i];
        v->shape = mica_predictor_output(s->predictor[0], i, &v->dtype);
        const int64_t rows = v->shape.dims[0];
        s->row_out[i] = (size_t)(shape_size(&v->shape) / rows) * mica_dtype_size(v->dtype);
        v->shape.dims[0] = -1;
    }
}

static bool has_free_extents(const contract *c) {
    for (int i = 0; i < c->inputs; i++)
        for (int k = 1; k < c->in[i].shape.rank; k++)
            if (c->in[i].shape.dims[k] < 0) return true;
    return false;
}

static mica_status add_plan(served *s, int64_t rows, mica_error *err) {
    TRY(mica_predictor_new(s->model, rows, &s->predictor[s->powers], err));
    size_t bytes = plan_arena_bytes(predictor_plan(s->predictor[s->powers++]));
    if (bytes > s->arena_bytes) s->arena_bytes = bytes;
    return MICA_OK;
}

/* Of one row, or of the batch that the model has. */
static mica_status compile(served *s, mica_error *err) {
    if (has_free_extents(&s->contract)) return MICA_OK; /* as shapes come along */
    TRY(sum_inputs(s, err));
    s->fixed = model_batch(s->model);
    s->padded = s->fixed > 0;
    TRY(add_plan(s, s->padded ? s->fixed : 1, err));
    sum_outputs(s);
    return MICA_OK;
}

static void empty_batch(served *s, served_room *r) {
    for (int k = 0; k < s->contract.inputs; k++) release_aligned(r->in[k]), r->in[k] = NULL;
    for (int k = 0; k < s->contract.outputs; k++) release_aligned(r->out[k]), r->out[k] = NULL;
}

/* Gives back what a lane has; it comes again when it is needed, as large as plans want it then. */
static void empty_room(served *s, served_room *r) {
    for (int k = 0; k < BATCH_POWERS; k++) plan_run_free(r->run[k]);
    team_close(r->team);
    release_aligned(r->arena);
    empty_batch(s, r);
    *r = (served_room){0};
}

/* The largest. */
static void drop_plan(served *s) {
    s->powers--;
    mica_predictor_destroy(&s->predictor[s->powers]);
    s->arena_bytes = 0;
    for (int i = 0; i < s->powers; i++) {
        const size_t bytes = plan_arena_bytes(predictor_plan(s->predictor[i]));
        if (bytes > s->arena_bytes) s->arena_bytes = bytes;
    }
}

/* ---- running ---- */

static mica_status room_of(served *s, int lane, int power, served_room **out, mica_error *err) {
    served_room *r = *out = &s->room[lane];
    if (r->run[power]) return MICA_OK;
    if (!r->team) r->team = team_open(s->options.threads);
    if (!r->arena) r->arena = allocate_aligned(r->arena_bytes = s->arena_bytes);
    if (!r->team || !r->arena) return fail_no_memory(err, "a lane's arena");
    return plan_run_new(predictor_plan(s->predictor[power]), r->team, r->arena, &r->run[power],
                        err);
}

bool served_batch_room(served *s, int lane) {
    served_room *r = &s->room[lane];
    const int64_t largest = s->padded ? s->fixed : (int64_t)1 << (s->powers - 1);
    const size_t rows = (size_t)(largest > s->batch ? largest : s->batch);
    for (int i = 0; i < s->contract.inputs; i++)
        if (!r->in[i] && !(r->in[i] = allocate_aligned(rows * s->row_in[i]))) return false;
    for (int i = 0; i < s->contract.outputs; i++)
        if (!r->out[i] && !(r->out[i] = allocate_aligned(rows * s->row_out[i]))) return false;
    return true;
}

static mica_status run_power(served *s, int lane, int power, void *const *in, void *const *out,
                             mica_error *err) {
    served_room *r;
    TRY(room_of(s, lane, power, &r, err));
    return plan_execute(r->run[power], (const void *const *)in, out, err);
}

/* Fewer rows than the model's own batch: the others are zero, and their results go nowhere. */
static mica_status run_padded(served *s, int lane, int64_t rows, void *const *in, void *const *out,
                              mica_error *err) {
    const contract *c = &s->contract;
    served_room *r = &s->room[lane];
    if (!served_batch_room(s, lane)) return fail_no_memory(err, "a batch");
    for (int i = 0; i < c->inputs; i++) {
        const size_t used = (size_t)rows * s->row_in[i];
        if (r->in[i] != in[i]) memcpy(r->in[i], in[i], used);
        memset((char *)r->in[i] + used, 0, (size_t)(s->fixed - rows) * s->row_in[i]);
    }
    TRY(run_power(s, lane, 0, r->in, r->out, err));
    for (int i = 0; i < c->outputs; i++)
        if (r->out[i] != out[i]) memcpy(out[i], r->out[i], (size_t)rows * s->row_out[i]);
    return MICA_OK;
}

mica_status served_run(served *s, int lane, int64_t rows, void *const *in, void *const *out,
                       mica_error *err) {
    void *from[MAX_MODEL_INPUTS], *to[MAX_MODEL_OUTPUTS];
    const contract *c = &s->contract;
    for (int64_t at = 0, step; at < rows; at += step) {
        int power = s->powers - 1;
        while (!s->padded && power && (int64_t)1 << power > rows - at) power--;
        step = s->padded ? (rows - at < s->fixed ? rows - at : s->fixed) : (int64_t)1 << power;
        for (int i = 0; i < c->inputs; i++) from[i] = (char *)in[i] + (size_t)at * s->row_in[i];
        for (int i = 0; i < c->outputs; i++) to[i] = (char *)out[i] + (size_t)at * s->row_out[i];
        if (s->padded) TRY(run_padded(s, lane, step, from, to, err));
        else TRY(run_power(s, lane, power, from, to, err));
    }
    return MICA_OK;
}

mica_status served_place_outputs(const served *s, inference *x, mica_error *err) {
    for (int i = 0; i < s->contract.outputs; i++)
        TRY(inference_place_output(x, i, &s->contract.out[i].shape, s->row_out[i], err));
    return MICA_OK;
}

/* ---- loading ---- */

static mica_status time_power(served *s, int power, double *seconds, mica_error *err) {
    enum { TURNS = 3 }; /* the first one makes what is made at first use */
    const served_room *r = &s->room[0];
    *seconds = INFINITY;
    for (int i = 0; i < TURNS; i++) {
        const double began = clock_seconds();
        TRY(run_power(s, 0, power, r->in, r->out, err));
        *seconds = fmin(*seconds, clock_seconds() - began);
    }
    return MICA_OK;
}

/* Room on lane 0 for the largest batch that there is, with inputs that are zero; what runs there
 * stays where an arena of `ahead` bytes (never touched where no plan needs them) is enough. */
static mica_status make_room(served *s, size_t ahead, mica_error *err) {
    const int64_t rows = s->padded ? s->fixed : (int64_t)1 << (s->powers - 1);
    served_room *r = &s->room[0];
    if (r->arena_bytes < s->arena_bytes) {
        empty_room(s, r);
        r->arena_bytes = s->arena_bytes > ahead ? s->arena_bytes : ahead;
        if (!(r->arena = allocate_aligned(r->arena_bytes)))
            return fail_no_memory(err, "a lane's arena");
    }
    empty_batch(s, r);
    if (!served_batch_room(s, 0)) return fail_no_memory(err, "a batch");
    for (int i = 0; i < s->contract.inputs; i++) memset(r->in[i], 0, (size_t)rows * s->row_in[i]);
    return MICA_OK;
}

enum {
    FREE_BATCH = 16, /* where extents are free nothing can be measured before they come: an LSTM of
                        64 units takes a fourth of the time for each of 16 rows, and no less for
                        each of 64 */
    IDLE_POWERS = 2  /* twice the rows, and again twice, for no gain: more will bring none */
};
#define HANDOVER_SECONDS 4e-6 /* leaving a connection and coming back to it: some system calls */
#define ARENA_AHEAD (size_t)(16 << 20)
#define QUICK_SECONDS 2e-3 /* batches that take less are all tried: that costs nothing */

/* Compiles for twice the rows again and again, as long as a row takes less time that way: larger
 * batches would only make requests wait, start late and hold much memory. */
static mica_status try_powers(served *s, double of_row[BATCH_POWERS], double *best,
                              mica_error *err) {
    int idle = 0;
    *best = INFINITY;
    for (int i = 0;; i++) {
        double seconds;
        TRY(make_room(s, ARENA_AHEAD, err));
        TRY(time_power(s, i, &seconds, err));
        if (!i) s->row_seconds = seconds;
        of_row[i] = seconds / (double)((int64_t)1 << i);
        idle = of_row[i] < 0.95 * *best ? 0 : idle + 1;
        *best = fmin(*best, of_row[i]);
        const bool enough = idle >= IDLE_POWERS && seconds > QUICK_SECONDS;
        if (s->padded || enough || (int64_t)2 << i > s->options.max_batch) return MICA_OK;
        TRY(add_plan(s, (int64_t)2 << i, err));
    }
}

/* Runs plans on zeros, and chooses the batch. Larger ones would make requests wait for nothing, and
 * keep other lanes from sharing the work: their plans are given back. */
static mica_status warm_up(served *s, mica_error *err) {
    double of_row[BATCH_POWERS], best;
    int chosen = 0;
    s->batch = s->padded ? s->fixed : 1;
    if (!s->powers) {
        while (s->batch < FREE_BATCH && s->batch * 2 <= s->options.max_batch) s->batch *= 2;
        return MICA_OK;
    }
    TRY(try_powers(s, of_row, &best, err));
    if (s->padded) return MICA_OK;
    while (of_row[chosen] > 1.05 * best) chosen++;
    s->batch = (int64_t)1 << chosen;
    s->instant = of_row[0] - best < HANDOVER_SECONDS;
    if (s->powers == chosen + 1) return MICA_OK;
    empty_room(s, &s->room[0]); /* before the plans that it runs */
    while (s->powers > chosen + 1) drop_plan(s);
    return make_room(s, 0, err);
}

static mica_status begin(served *s, const served_options *o, mica_error *err) {
    const char **texts[] = {&s->options.name, &s->options.version, &s->options.path,
                            &s->options.backend};
    s->options = *o;
    for (size_t i = 0; i < LENGTH(texts); i++)
        if (*texts[i] && !(*texts[i] = arena_text(&s->texts, *texts[i])))
            return fail_no_memory(err, o->name);
    s->room = allocate((size_t)o->lanes, sizeof *s->room);
    s->ctx = mica_open(MICA_OPTIONS(context, .threads = 1, .backend = s->options.backend));
    if (!s->room || !s->ctx) return fail_no_memory(err, o->name);
    TRY(mica_check(s->ctx, err));
    TRY(mica_model_load(s->ctx, s->options.path, &s->model, err));
    TRY(contract_of(s->model, s->options.name, s->options.version, &s->texts, &s->contract, err));
    TRY(preparation_new(s->model, &s->preparation, err));
    s->contract.preparation = s->preparation;
    return MICA_OK;
}

mica_status served_load(const served_options *o, served **out, mica_error *err) {
    served *s = allocate(1, sizeof *s);
    if (!s) return fail_memory(err, sizeof *s, o->name);
    served_counters *c = &s->counters;
    atomic_init(&s->holders, 1);
    pthread_mutex_init(&c->ticking, NULL);
#define METER(member, bounds_, name, help) c->member.bounds = meter_##bounds_;
#include "serve/meters.def"
#undef METER
    mica_status status = begin(s, o, err);
    if (status == MICA_OK) status = compile(s, err);
    if (status == MICA_OK) status = warm_up(s, err);
    if (status == MICA_OK) *out = s;
    else served_release(s);
    return status;
}

served *served_hold(served *s) {
    atomic_fetch_add(&s->holders, 1);
    return s;
}

void served_release(served *s) {
    if (!s || atomic_fetch_sub(&s->holders, 1) != 1) return;
    for (int i = 0; s->room && i < s->options.lanes; i++) empty_room(s, &s->room[i]);
    free(s->room);
    for (int k = 0; k < BATCH_POWERS; k++) mica_predictor_destroy(&s->predictor[k]);
    preparation_free(s->preparation);
    mica_close(&s->ctx);
    pthread_mutex_destroy(&s->counters.ticking);
    arena_free(&s->texts);
    free(s);
}

/* ---- figures ---- */

void served_tick(served *s) {
    served_counters *c = &s->counters;
    const meter_state now = meter_read(&c->request);
    pthread_mutex_lock(&c->ticking);
    c->second++;
    c->recent[c->second % (RECENT + 1)] = now;
    pthread_mutex_unlock(&c->ticking);
}

meter_state served_recent(served *s, int *seconds) {
    served_counters *c = &s->counters;
    const meter_state now = meter_read(&c->request);
    pthread_mutex_lock(&c->ticking);
    const int back = c->second < RECENT ? c->second : RECENT;
    const meter_state before = c->recent[(c->second - back) % (RECENT + 1)];
    pthread_mutex_unlock(&c->ticking);
    *seconds = back > 0 ? back : 1;
    return meter_since(&now, &before);
}
