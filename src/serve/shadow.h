/* Copies of requests, run on another version of their model when the reply is sent: nobody waits
 * for what it says, it is compared with the reply and counted. A copy has no priority, and waits in
 * the queue of its own version: behind requests to it that have one, in turn with those that have
 * none. It is queued for the workers, not for the thread that sent the reply, and where
 * MOST_SHADOWS run already there is none, so that requests to other versions hardly feel it. */
#ifndef SERVE_SHADOW_H
#define SERVE_SHADOW_H

#include "serve/engine.h"
#include "serve/traffic.h"

enum { MOST_SHADOWS = 64 };

typedef struct shadows shadows;
mica_status shadows_open(engine *e, models *m, traffic *t, shadows **out, mica_error *err);
/* Behind engine_close. */
void shadows_close(shadows *s);

/* x was answered by that version, under the request's id; if the model's rule says so, it is copied
 * (x is not kept). What becomes of it is in the counters of the shadow's version. */
void shadow_send(shadows *s, const served *by, const inference *x, const char *id);

#endif
