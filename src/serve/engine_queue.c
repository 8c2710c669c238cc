/* See engine_queue.h. */
#include "serve/engine_queue.h"

#include <math.h>

/* ---- versions ---- */

void line_add(line *l, served *s) {
    if (s->listed) return;
    s->listed = true;
    s->next_listed = NULL;
    if (l->last) l->last->next_listed = s;
    else l->first = s;
    l->last = s;
}

served *line_take(line *l) {
    served *s = l->first;
    if (!s) return NULL;
    if (!(l->first = s->next_listed)) l->last = NULL;
    s->listed = false;
    return s;
}

/* ---- inferences of one ---- */

/* 1 is the highest priority, 0 the least. */
static unsigned urgency(const inference *x) { return (unsigned)x->priority - 1u; }

void queue_add(served *s, inference *x) {
    inference **at = &s->first;
    x->next = NULL;
    s->waiting++;
    if (s->last && urgency(s->last) <= urgency(x)) at = &s->last->next;
    else
        while (*at && urgency(*at) <= urgency(x)) at = &(*at)->next;
    x->next = *at;
    *at = x;
    if (!x->next) s->last = x;
}

/* Takes out *at; `before` waits before it, NULL: nothing does. */
static inference *queue_remove(served *s, inference **at, inference *before) {
    inference *x = *at;
    if (!(*at = x->next)) s->last = before;
    s->waiting--;
    x->next = NULL;
    return x;
}

/* Rows of the one can lie below rows of the other. */
static bool alike(const served *s, const inference *a, const inference *b) {
    for (int i = 0; !s->powers && i < s->contract.inputs; i++) {
        const shape *x = &a->in_shape[i], *y = &b->in_shape[i];
        if (x->rank != y->rank) return false;
        for (int k = 1; k < x->rank; k++)
            if (x->dims[k] != y->dims[k]) return false;
    }
    return true;
}

gathered queue_gather(served *s) {
    gathered g = {.first = queue_remove(s, &s->first, NULL)};
    inference **end = &g.first->next, **at = &s->first, *before = NULL;
    g.count = 1;
    g.rows = g.first->rows;
    while (*at) {
        if (!alike(s, g.first, *at)) {
            before = *at;
            at = &before->next;
            continue;
        }
        if (g.rows + (*at)->rows > s->batch) break;
        inference *x = *end = queue_remove(s, at, before);
        end = &x->next;
        g.rows += x->rows;
        g.count++;
    }
    return g;
}

/* Half of the time that it allows is left to run it. */
static double patience(const served *s, const inference *x) {
    const double delay = s->options.max_delay;
    return x->deadline ? fmin(delay, (x->deadline - x->entered) / 2) : delay;
}

double queue_due(const served *s) {
    double due = INFINITY;
    for (const inference *x = s->first; x; x = x->next)
        due = fmin(due, x->entered + patience(s, x));
    return due;
}

/* ---- deadlines ---- */

static void queue_late(served *s, double now, inference ***end, double *soonest) {
    inference *before = NULL;
    for (inference **at = &s->first, *x; (x = *at);) {
        if (x->deadline && x->deadline < now) {
            **end = queue_remove(s, at, before);
            *end = &x->next;
            continue;
        }
        if (x->deadline) *soonest = fmin(*soonest, x->deadline);
        before = x;
        at = &x->next;
    }
}

inference *line_late(line *l, double now, double *soonest) {
    inference *late = NULL, **end = &late;
    line rest = {0};
    for (served *s; (s = line_take(l));) {
        queue_late(s, now, &end, soonest);
        if (s->first) line_add(&rest, s);
    }
    *l = rest;
    return late;
}
