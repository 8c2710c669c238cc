/* Which part is next: see arrange.h. */
#include "base/philox.h"
#include "data/arrange.h"

static int next_alive(const chooser *c, int from) {
    for (int i = 0; i < c->parts; i++)
        if (!c->ended[(from + i) % c->parts]) return (from + i) % c->parts;
    return -1;
}

/* By chance among those that are left, as their weights are. */
static int draw_part(chooser *c) {
    double total = 0;
    int last = -1;
    for (int i = 0; i < c->parts; i++)
        if (!c->ended[i]) total += c->weights[i];
    philox4 r = philox(c->key, 0, c->draws++);
    double at = ((double)(r.v[0] >> 5) * 0x1p26 + (double)(r.v[1] >> 6)) * 0x1p-53 * total;
    for (int i = 0; i < c->parts; i++) {
        if (c->ended[i] || !(c->weights[i] > 0)) continue;
        last = i;
        if (at < c->weights[i]) return i;
        at -= c->weights[i];
    }
    return last;
}

int chooser_next(chooser *c, int64_t most, int64_t *run) {
    *run = 1;
    if (!c->left) return -1;
    if (!c->block) return draw_part(c);
    if (c->ended[c->at] || c->taken == c->block) {
        c->at = next_alive(c, c->taken == c->block || c->ended[c->at] ? c->at + 1 : c->at);
        c->taken = 0;
    }
    *run = c->block - c->taken < most ? c->block - c->taken : most;
    c->taken += *run;
    return c->at;
}

void chooser_end(chooser *c, int part) {
    c->ended[part] = true;
    c->left = c->stops ? 0 : c->left - 1;
}
