/* Repeating operands over blocks: see broadcast.h. */
#include "backend/cpu/broadcast.h"

#include <string.h>

#define SHORT_ROW 16 /* elements that a loop of its own repeats faster than a call of fill */

void broadcast_plan(broadcast *in, const shape *own, const shape *whole) {
    int64_t step = 1;
    bool was_own = false;
    for (int d = whole->rank - 1, k = own->rank - 1; d >= 0; d--, k--) {
        int64_t extent = whole->dims[d];
        bool has = k >= 0 && own->dims[k] == extent;
        if (extent == 1) continue;
        if (in->rank > 0 && has == was_own) {
            in->extent[in->rank - 1] *= extent;
        } else {
            in->extent[in->rank] = extent;
            in->stride[in->rank++] = has ? step : 0;
        }
        was_own = has;
        if (has) step *= extent;
    }
    if (in->rank == 0) in->extent[in->rank++] = 1; /* one element: full */
    bool whole_row = in->extent[0] > 0 && (in->stride[0] == 1 || in->extent[0] == 1);
    in->full = in->rank == 1 && whole_row;
    in->repeats = in->rank == 1 && !in->full;
    in->period = in->rank == 2 && whole_row ? in->extent[0] : 0;
    in->unit = in->rank > 2 && whole_row ? in->extent[0] : 0;
}

void broadcast_fill(unsigned char *out, const void *value, size_t size, int64_t n) {
    uint64_t bits = 0;
    memcpy(&bits, value, size);
    switch (size) {
    case 1: memset(out, (int)bits, (size_t)n); return;
    case 2:
        for (int64_t i = 0; i < n; i++) ((uint16_t *)(void *)out)[i] = (uint16_t)bits;
        return;
    case 4:
        for (int64_t i = 0; i < n; i++) ((uint32_t *)(void *)out)[i] = (uint32_t)bits;
        return;
    default:
        for (int64_t i = 0; i < n; i++) ((uint64_t *)(void *)out)[i] = bits;
    }
}

/* n elements, each of them `times` over. */
static void spread(unsigned char *out, const char *from, size_t size, int64_t n, int64_t times) {
    switch (size) {
    case 1:
        for (int64_t i = 0; i < n; i++)
            for (int64_t k = 0; k < times; k++) *out++ = (unsigned char)from[i];
        return;
    case 4:
        for (int64_t i = 0; i < n; i++)
            for (int64_t k = 0; k < times; k++, out += 4) memcpy(out, from + 4 * i, 4);
        return;
    default:
        for (int64_t i = 0; i < n; i++)
            for (int64_t k = 0; k < times; k++, out += size)
                memcpy(out, from + (size_t)i * size, size);
    }
}

/* `row` bytes again and again, up to n. */
static void tile(unsigned char *out, const char *from, size_t row, size_t n) {
    size_t done = row < n ? row : n;
    memcpy(out, from, done);
    while (done < n) { /* what is there, doubled */
        size_t more = done < n - done ? done : n - done;
        memcpy(out + done, out, more);
        done += more;
    }
}

/* Where the elements of an input are: the index in each of its dims, and their sum. */
typedef struct place {
    int64_t index[MAX_RANK], at;
} place;

static place place_of(const broadcast *in, int64_t element) {
    place p = {.at = 0};
    for (int d = 0; d < in->rank; d++) {
        p.index[d] = d + 1 < in->rank ? element % in->extent[d] : element;
        element /= in->extent[d];
        p.at += p.index[d] * in->stride[d];
    }
    return p;
}

/* `count` further in dim d: at most to its end. */
static void move_on(const broadcast *in, place *p, int d, int64_t count) {
    p->at += count * in->stride[d], p->index[d] += count;
    for (; p->index[d] == in->extent[d] && d + 1 < in->rank; d++) {
        p->at += in->stride[d + 1] - p->index[d] * in->stride[d];
        p->index[d] = 0, p->index[d + 1]++;
    }
}

static int64_t least_of(int64_t a, int64_t b) { return a < b ? a : b; }

/* Elements of a broadcast input from its place on, at most n, as many as one loop can; returns how
 * many. Neighbouring dims take turns: one of its own, one repeated. */
static int64_t repeat_some(const broadcast *in, const char *data, place *p, int64_t n,
                           unsigned char *out) {
    const char *from = data + (size_t)p->at * in->size;
    int64_t row = in->extent[0], run = least_of(row - p->index[0], n), turns = 0;
    bool own = in->stride[0] != 0;
    if (in->rank > 1 && run == row) turns = least_of(in->extent[1] - p->index[1], n / row);
    if (turns > 1 && (own || row <= SHORT_ROW)) {
        if (own) tile(out, from, (size_t)row * in->size, (size_t)(turns * row) * in->size);
        else spread(out, from, in->size, turns, row);
        move_on(in, p, 1, turns);
        return turns * row;
    }
    if (own) memcpy(out, from, (size_t)run * in->size);
    else broadcast_fill(out, from, in->size, run);
    move_on(in, p, 0, run);
    return run;
}

static void repeat(const broadcast *in, const char *data, place p, int64_t n, unsigned char *out) {
    for (int64_t done = 0; done < n;)
        done += repeat_some(in, data, &p, n - done, out + (size_t)done * in->size);
}

void broadcast_put(const broadcast *in, const char *data, int64_t begin, int64_t n,
                   broadcast_held *held, unsigned char *buffer) {
    place p = place_of(in, begin);
    int same = in->stride[0] ? 1 : 0; /* the dim along which nothing changes */
    int64_t left = in->rank > same ? in->extent[same] - p.index[same] : 0;
    if (same == 1) left = p.index[0] == 0 ? left * in->extent[0] : 0;
    bool alike = left >= n;
    if (alike && held->count >= n && held->at == p.at) return;
    repeat(in, data, p, n, buffer);
    *held = (broadcast_held){p.at, alike ? n : 0};
}
