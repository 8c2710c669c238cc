/* What waits in the engine. All of it is under the engine's lock, and short. */
#ifndef SERVE_ENGINE_QUEUE_H
#define SERVE_ENGINE_QUEUE_H

#include "serve/served_batch.h"

/* Versions with inferences that wait, oldest first. */
typedef struct line {
    served *first, *last;
} line;

void line_add(line *l, served *s); /* nothing where it is in a line already */
served *line_take(line *l);
/* Takes out what waits longer than it allows, as a list. *soonest: the next deadline of the others,
 * where it is sooner. */
inference *line_late(line *l, double now, double *soonest);

/* By priority, then as they came. */
void queue_add(served *s, inference *x);
/* The next inferences that fit into one batch; of a model with free extents those that have the
 * same ones as the first, wherever they wait. */
gathered queue_gather(served *s);
/* When one of them has waited for others as long as it should; something must wait. */
double queue_due(const served *s);

#endif
