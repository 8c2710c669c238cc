/* Shape arithmetic: see tensor.h. */
#include "tensor/tensor.h"

#include <stdio.h>

bool shape_known(const shape *s) {
    for (int i = 0; i < s->rank; i++)
        if (s->dims[i] < 0) return false;
    return true;
}

int64_t shape_size(const shape *s) {
    int64_t size = 1;
    bool huge = false, empty = false;
    for (int i = 0; i < s->rank; i++) {
        if (s->dims[i] < 0) return -1;
        empty |= !s->dims[i]; /* also behind dims whose product is too large for a number */
        huge |= __builtin_mul_overflow(size, s->dims[i], &size);
    }
    return empty ? 0 : huge ? INT64_MAX : size;
}

bool shape_equal(const shape *a, const shape *b) {
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i] && (a->dims[i] >= 0 || b->dims[i] >= 0)) return false;
    return true;
}

bool shape_fits(const shape *pattern, const shape *s) {
    if (pattern->rank != s->rank) return false;
    for (int i = 0; i < s->rank; i++)
        if (pattern->dims[i] >= 0 && s->dims[i] >= 0 && pattern->dims[i] != s->dims[i])
            return false;
    return true;
}

void shape_format(const shape *s, char text[128]) {
    size_t n = (size_t)snprintf(text, 128, "(");
    if (s->rank < 0 || s->rank > MAX_RANK) {
        snprintf(text, 128, "of rank %d", s->rank);
        return;
    }
    for (int i = 0; i < s->rank && n < 100; i++) {
        const char *comma = i + 1 < s->rank ? ", " : s->rank == 1 ? "," : "";
        if (s->dims[i] < 0) n += (size_t)snprintf(text + n, 128 - n, "None%s", comma);
        else n += (size_t)snprintf(text + n, 128 - n, "%lld%s", (long long)s->dims[i], comma);
    }
    snprintf(text + n, 128 - n, ")");
}

void strides_of(const shape *s, int64_t strides[MAX_RANK]) {
    int64_t step = 1;
    for (int i = s->rank - 1; i >= 0; i--) {
        strides[i] = step;
        /* Of dims that are too large together (one is 0 then) strides mean nothing. */
        if (s->dims[i] >= 0) step = (int64_t)((uint64_t)step * (uint64_t)s->dims[i]);
    }
}

bool shape_broadcast(const shape *a, const shape *b, shape *out) {
    shape result = {.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int i = 0; i < result.rank; i++) {
        int ia = i - (result.rank - a->rank), ib = i - (result.rank - b->rank);
        int64_t da = ia < 0 ? 1 : a->dims[ia], db = ib < 0 ? 1 : b->dims[ib];
        if (da >= 0 && db >= 0 && da != db && da != 1 && db != 1) return false;
        if (da == 1) result.dims[i] = db;
        else if (db == 1) result.dims[i] = da;
        else result.dims[i] = da > db ? da : db; /* an unknown one takes the known one's extent */
    }
    *out = result;
    return true;
}

bool axis_resolve(int64_t axis, int rank, int *out) {
    if (axis < 0) axis += rank;
    *out = (int)axis;
    return axis >= 0 && axis < rank;
}
