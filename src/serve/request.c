/* See request.h. */
#include "serve/request.h"

#include "base/philox.h"
#include "serve/observe.h"

static philox4 draw(const server *s, request_draws *draws) {
    return philox(s->seed, (uint64_t)draws->lane, ++draws->count);
}

void request_id_new(char id[REQUEST_ID_ROOM], const server *s, request_draws *draws) {
    enum { LETTERS = 32 };
    const philox4 random = draw(s, draws);
    for (int i = 0; i < LETTERS; i++) id[i] = "0123456789abcdef"[random.v[i / 8] >> i % 8 * 4 & 15];
    id[LETTERS] = 0;
}

unsigned request_keeps(const server *s, request_draws *draws) {
    return s->recorder || s->trail ? observe_what(s, draw(s, draws).v[0]) : 0;
}

size_t request_room(size_t largest) {
    enum { REQUESTS = 8, LEAST = 64 << 20 };
    if (largest > SIZE_MAX / REQUESTS) return SIZE_MAX;
    return largest * REQUESTS > LEAST ? largest * REQUESTS : LEAST;
}

mica_status request_hold(const server *s, const char *model, const char *version, const char *id,
                         served **out, mica_error *err) {
    return version ? models_hold(s->models, model, version, out, err)
                   : traffic_hold(s->traffic, s->models, model, id, out, err);
}

mica_status request_missing(const server *s, mica_status status, mica_error *err) {
    if (status != MICA_NAME || atomic_load(&s->started_told)) return status;
    return fail_within(err, MICA_INTERRUPTED, "models are still being loaded");
}
