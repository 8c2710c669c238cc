/* See shadow.h. */
#include "serve/shadow.h"

#include "tensor/dtype.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_US 10000000 /* a copy that waits longer is not run */

typedef struct job {
    inference work;
    const void *reply[MAX_MODEL_OUTPUTS]; /* in work's memory */
    shape reply_shape[MAX_MODEL_OUTPUTS];
    served *to;
    double tolerance;
    shadows *owner;
    struct job *next;
} job;

struct shadows {
    engine *engine;
    models *models;
    traffic *traffic;
    pthread_mutex_t lock;
    job *free;
    int made;
};

mica_status shadows_open(engine *e, models *m, traffic *t, shadows **out, mica_error *err) {
    shadows *s = allocate(1, sizeof *s);
    if (!s) return fail_memory(err, sizeof *s, "shadows");
    *s = (shadows){.engine = e, .models = m, .traffic = t};
    pthread_mutex_init(&s->lock, NULL);
    *out = s;
    return MICA_OK;
}

void shadows_close(shadows *s) {
    if (!s) return;
    for (job *j; (j = s->free);) {
        s->free = j->next;
        inference_free(&j->work);
        free(j);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* NULL: so many run already, or no memory. */
static job *take(shadows *s) {
    pthread_mutex_lock(&s->lock);
    job *j = s->free;
    if (j) s->free = j->next;
    else if (s->made < MOST_SHADOWS && (j = allocate(1, sizeof *j))) {
        j->owner = s;
        s->made++;
    }
    pthread_mutex_unlock(&s->lock);
    return j;
}

static void give(job *j) {
    shadows *s = j->owner;
    inference_clear(&j->work);
    served_release(j->to);
    j->to = NULL;
    pthread_mutex_lock(&s->lock);
    j->next = s->free;
    s->free = j;
    pthread_mutex_unlock(&s->lock);
}

/* ---- two answers ---- */

static int64_t best_of(mica_dtype t, const char *row, int64_t width) {
    int64_t best = 0;
    for (int64_t i = 1; i < width; i++)
        if (dtype_load(t, row + (size_t)i * mica_dtype_size(t)) >
            dtype_load(t, row + (size_t)best * mica_dtype_size(t)))
            best = i;
    return best;
}

/* Of two classes one score may stand for both. */
static bool same_class(mica_dtype t, const char *a, const char *b, int64_t width) {
    if (width == 1) return (dtype_load(t, a) > 0.5) == (dtype_load(t, b) > 0.5);
    return best_of(t, a, width) == best_of(t, b, width);
}

typedef struct agreement {
    bool same;
    double difference; /* the largest */
} agreement;

/* Numbers that are the same, both infinite or both no numbers do not differ. */
static void compare_values(mica_dtype t, const char *a, const char *b, int64_t count,
                           double tolerance, agreement *out) {
    const size_t size = mica_dtype_size(t);
    for (int64_t i = 0; i < count; i++) {
        const double x = dtype_load(t, a + (size_t)i * size),
                     y = dtype_load(t, b + (size_t)i * size);
        const double apart = x == y || (isnan(x) && isnan(y)) ? 0 : fabs(x - y);
        out->difference = isnan(apart) ? INFINITY : fmax(out->difference, apart);
        if (!(apart <= tolerance * (1 + fabs(x)))) out->same = false;
    }
}

static void compare_texts(const mica_string *a, const mica_string *b, int64_t count,
                          agreement *out) {
    for (int64_t i = 0; i < count; i++)
        if (a[i].size != b[i].size || memcmp(a[i].bytes, b[i].bytes, a[i].size) != 0)
            out->same = false;
}

/* Scores of classes agree where the best class of every row is the same, other values within the
 * tolerance. False: the answers have other forms. */
static bool compare(const job *j, agreement *out) {
    const inference *x = &j->work;
    const contract *c = x->contract;
    *out = (agreement){.same = true};
    for (int i = 0; i < c->outputs; i++) {
        const mica_dtype t = c->out[i].dtype;
        if (!j->reply[i] || !shape_equal(&j->reply_shape[i], &x->out_shape[i])) return false;
        if (t == MICA_STRING)
            compare_texts(j->reply[i], x->out[i], shape_size(&x->out_shape[i]), out);
        else
            compare_values(t, j->reply[i], x->out[i], shape_size(&x->out_shape[i]), j->tolerance,
                           out);
    }
    if (!c->scores_classes) return true;
    const mica_dtype t = c->out[0].dtype;
    const int64_t width = shape_size(&x->out_shape[0]) / x->rows;
    const size_t bytes = (size_t)width * mica_dtype_size(t);
    out->same = true;
    for (int64_t r = 0; r < x->rows && out->same; r++)
        out->same = same_class(t, (const char *)j->reply[0] + (size_t)r * bytes,
                               (const char *)x->out[0] + (size_t)r * bytes, width);
    return true;
}

/* The engine's word, on any lane. */
static void done(void *user, mica_status status, const mica_error *err) {
    job *j = user;
    served_counters *all = &j->to->counters;
    shadow_counters *c = &all->shadow;
    agreement a;
    if (status != MICA_OK || !compare(j, &a)) atomic_fetch_add(&c->failed, 1);
    else {
        meter_add(&all->shadow_difference, a.difference);
        atomic_fetch_add(a.same ? &c->same : &c->different, 1);
    }
    give(j);
}

/* ---- the copy ---- */

static mica_status copy(inference *y, void *to, const void *from, const shape *s, mica_dtype t,
                        mica_error *err) {
    const int64_t count = shape_size(s);
    memcpy(to, from, (size_t)count * mica_dtype_size(t));
    return inference_own(y, t, to, count, err);
}

static mica_status copy_reply(job *j, int output, const void *from, const shape *s, mica_dtype t,
                              mica_error *err) {
    void *to = arena_take(&j->work.memory, (size_t)shape_size(s) * mica_dtype_size(t));
    if (!to) return fail_no_memory(err, "a copy");
    j->reply_shape[output] = *s;
    j->reply[output] = to;
    return copy(&j->work, to, from, s, t, err);
}

/* Inputs and outputs go by name; types and extents must be those that the shadow takes. */
static mica_status fill(job *j, const inference *x, mica_error *err) {
    const contract *to = &j->to->contract, *from = x->contract;
    inference *y = &j->work;
    y->contract = to;
    for (int i = 0; i < from->inputs; i++) {
        const served_value *v = &from->in[i];
        const int k = inference_find_input(y, v->name, strlen(v->name), err);
        if (k < 0) return MICA_NAME;
        if (to->in[k].dtype != v->dtype)
            return fail(err, MICA_TYPE, "input \"%s\" is of another type", v->name);
        TRY(inference_place(y, k, &x->in_shape[i], err));
        TRY(copy(y, y->in[k], x->in[i], &x->in_shape[i], v->dtype, err));
    }
    for (int i = 0; i < to->outputs; i++) j->reply[i] = NULL;
    for (int i = 0; i < from->outputs; i++) {
        const served_value *v = &from->out[i];
        const int k = inference_find_output(y, v->name, strlen(v->name), err);
        if (k < 0 || to->out[k].dtype != v->dtype) continue; /* compare() tells */
        TRY(copy_reply(j, k, x->out[i], &x->out_shape[i], v->dtype, err));
    }
    y->timeout_us = PATIENCE_US;
    y->shadow = true;
    return inference_complete(y, err);
}

void shadow_send(shadows *s, const served *by, const inference *x, const char *id) {
    shadow_rule rule;
    served *to;
    mica_error err;
    if (!traffic_shadow(s->traffic, by->options.name, id, &rule) ||
        models_hold(s->models, by->options.name, rule.version, &to, NULL) != MICA_OK)
        return;
    job *j = to == by ? NULL : take(s);
    if (!j) {
        if (to != by) atomic_fetch_add(&to->counters.shadow.dropped, 1);
        served_release(to);
        return;
    }
    j->to = to;
    j->tolerance = rule.tolerance;
    mica_status status = fill(j, x, &err);
    if (status == MICA_OK) status = engine_submit(s->engine, to, &j->work, false, done, j, &err);
    if (status == MICA_BUSY || status == MICA_INTERRUPTED) {
        atomic_fetch_add(&to->counters.shadow.dropped, 1);
        give(j);
    } else if (status != MICA_OK) done(j, status, &err);
}
