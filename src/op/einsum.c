/* einsum: sums of products by the letters of axes, "bij,bjk->bik". A letter in the result is kept,
 * one that is not is summed over; a letter twice in one operand takes its diagonal; "..." stands
 * for the axes in front, which broadcast. Without "->" the result has the letters that stand once,
 * in alphabetical order, behind the axes of "...".  Source: numpy.einsum.
 *
 * Operands are contracted from the left, two at a time: each is brought into the form (shared kept
 * axes, own axes, axes to sum) by transposition, and one matmul does it. */
#include "mica/linalg.h"
#include "op/array.h"

#include <ctype.h>
#include <stdio.h>

/* Labels of axes: letters, and 0 … 7 for the axes of "...", counted from the last one. */
typedef struct term {
    mica_tensor *t;
    unsigned char label[MAX_RANK]; /* one for each axis of t */
} term;

static mica_tensor *refused(mica_context *ctx, const char *equation, const char *why) {
    context_fail(ctx, MICA_VALUE, "einsum \"%.200s\": %s", equation, why);
    return tensor_poison(ctx);
}

static int find(const unsigned char *labels, int n, int label) {
    for (int i = 0; i < n; i++)
        if (labels[i] == label) return i;
    return -1;
}

/* Reads labels up to ',' , "->" or the end; `rank` axes, -1: as many as are said, "..." being
 * `dots` axes. The number of labels, -1: a fault. */
static int read_labels(const char **at, int rank, int dots, unsigned char *labels) {
    int n = 0, letters = 0;
    bool seen = false;
    for (const char *c = *at; *c && *c != ',' && *c != '-'; c++)
        letters += isalpha((uint8_t)*c) > 0;
    int wide = rank >= 0 ? rank - letters : dots;
    for (; **at && **at != ',' && **at != '-'; ++*at) {
        if (**at == ' ') continue;
        if (!strncmp(*at, "...", 3) && !seen && wide >= 0 && wide <= MAX_RANK) {
            for (int i = 0; i < wide && n < MAX_RANK; i++)
                labels[n++] = (unsigned char)(wide - 1 - i);
            seen = true;
            *at += 2;
        } else if (isalpha((uint8_t) * *at) && n < MAX_RANK) labels[n++] = (unsigned char)**at;
        else return -1;
    }
    return rank >= 0 && n != rank ? -1 : n;
}

/* A label that stands twice: the diagonal of its two axes, which becomes the last one. */
static void take_diagonals(term *x) {
    for (int i = 0; i < x->t->shape.rank; i++)
        for (int j = i + 1; j < x->t->shape.rank; j++) {
            if (x->label[i] != x->label[j]) continue;
            unsigned char label = x->label[i];
            int rank = x->t->shape.rank, k = 0;
            x->t = mica_diagonal(mica_moveaxis(mica_moveaxis(x->t, j, -1), i, -2), 0);
            for (int a = 0; a < rank; a++)
                if (a != i && a != j) x->label[k++] = x->label[a];
            x->label[k] = label;
            if (x->t->kind == TENSOR_POISON) return;
            i = -1; /* from the start */
            break;
        }
}

/* Sums over the axes whose labels nobody needs any more. */
static void sum_unneeded(term *x, const bool needed[256]) {
    mica_axes gone = {0};
    int k = 0;
    for (int i = 0; i < x->t->shape.rank; i++) {
        if (needed[x->label[i]]) x->label[k++] = x->label[i];
        else gone.axes[gone.count++] = i;
    }
    if (gone.count) x->t = mica_sum(x->t, gone, false);
}

/* x with axes in the order of `labels`, those that it lacks of extent 1. */
static mica_tensor *ordered(const term *x, const unsigned char *labels, int n) {
    mica_tensor *t = x->t;
    mica_axes order = {0};
    for (int i = 0; i < n; i++) {
        int at = find(x->label, x->t->shape.rank, labels[i]);
        if (at >= 0) order.axes[order.count++] = at;
    }
    if (order.count) t = mica_transpose(t, order);
    for (int i = 0; i < n; i++)
        if (find(x->label, x->t->shape.rank, labels[i]) < 0) t = mica_expand_dims(t, i);
    return t;
}

/* Axes from `first` to `last` as one. */
static int64_t together(const shape *s, int first, int last) {
    int64_t n = 1;
    for (int i = first; i < last; i++) n = n < 0 || s->dims[i] < 0 ? -1 : n * s->dims[i];
    return n;
}

/* t (shared …, first group …, second group …) with each group as one axis. */
static mica_tensor *as_matrix(mica_tensor *t, int shared, int first) {
    shape s = {.rank = shared + 2};
    for (int i = 0; i < shared; i++) s.dims[i] = t->shape.dims[i];
    s.dims[shared] = together(&t->shape, shared, shared + first);
    s.dims[shared + 1] = together(&t->shape, shared + first, t->shape.rank);
    return mica_reshape(t, s);
}

/* The product of two terms, summed over the labels of both that are not needed. */
static bool contract(const term *a, const term *b, const bool needed[256], term *out) {
    unsigned char shared[2 * MAX_RANK], left[MAX_RANK], right[MAX_RANK], summed[MAX_RANK];
    unsigned char order[2 * MAX_RANK];
    int n_shared = 0, n_left = 0, n_right = 0, n_summed = 0, n = 0;
    int rank_a = a->t->shape.rank, rank_b = b->t->shape.rank;
    for (int i = 0; i < rank_a; i++) {
        unsigned char l = a->label[i];
        bool both = find(b->label, rank_b, l) >= 0;
        if (both && !needed[l]) summed[n_summed++] = l;
        else if (both || l < MAX_RANK) shared[n_shared++] = l; /* axes of "..." broadcast */
        else left[n_left++] = l;
    }
    for (int i = 0; i < rank_b; i++) {
        unsigned char l = b->label[i];
        if (find(a->label, rank_a, l) >= 0) continue;
        if (l < MAX_RANK) shared[n_shared++] = l;
        else right[n_right++] = l;
    }
    if (n_shared + n_left + n_right > MAX_RANK || n_shared + 2 > MAX_RANK ||
        n_shared + n_left + n_summed > MAX_RANK || n_shared + n_right + n_summed > MAX_RANK)
        return false;
    memcpy(order, shared, (size_t)n_shared);
    memcpy(order + n_shared, left, (size_t)n_left);
    memcpy(order + n_shared + n_left, summed, (size_t)n_summed);
    mica_tensor *x = ordered(a, order, n_shared + n_left + n_summed);
    memcpy(order + n_shared, summed, (size_t)n_summed);
    memcpy(order + n_shared + n_summed, right, (size_t)n_right);
    mica_tensor *y = ordered(b, order, n_shared + n_summed + n_right);
    shape whole = {0};
    if (x->kind != TENSOR_POISON && y->kind != TENSOR_POISON) {
        for (int i = 0; i < n_shared; i++) {
            int64_t p = x->shape.dims[i], q = y->shape.dims[i];
            whole.dims[whole.rank++] = p == 1 ? q : p;
        }
        for (int i = 0; i < n_left; i++) whole.dims[whole.rank++] = x->shape.dims[n_shared + i];
        for (int i = 0; i < n_right; i++)
            whole.dims[whole.rank++] = y->shape.dims[n_shared + n_summed + i];
        x = as_matrix(x, n_shared, n_left), y = as_matrix(y, n_shared, n_summed);
        x = mica_reshape(mica_matmul(x, y), whole);
    }
    out->t = x;
    for (int i = 0; i < n_shared; i++) out->label[n++] = shared[i];
    for (int i = 0; i < n_left; i++) out->label[n++] = left[i];
    for (int i = 0; i < n_right; i++) out->label[n++] = right[i];
    return true;
}

/* The labels of the result: as said after "->", else those that stand once. -1: a fault. */
static int result_labels(const char *at, const int times[256], int dots, unsigned char *labels) {
    int n = 0;
    if (*at == '-') {
        if (at[1] != '>') return -1;
        at += 2;
        n = read_labels(&at, -1, dots, labels);
        if (*at) return -1;
        for (int i = 0; i < n; i++)
            if (!times[labels[i]] || find(labels, i, labels[i]) >= 0) return -1;
        return n;
    }
    for (int l = dots - 1; l >= 0; l--) labels[n++] = (unsigned char)l;
    for (int l = MAX_RANK; l < 256; l++)
        if (times[l] == 1) {
            if (n == MAX_RANK) return -1;
            labels[n++] = (unsigned char)l;
        }
    return n;
}

mica_tensor *mica_einsum(const char *equation, mica_tensor *const *x, int count) {
    if (!x || count < 1 || !context_among(x, count)) return NULL;
    enum { MOST = 16 };
    term terms[MOST], made;
    int times[256] = {0}, dots = 0, kept;
    unsigned char result[MAX_RANK];
    const char *at = equation;
    mica_context *ctx = context_among(x, count);
    if (LACKS(ctx, equation, "equation") || LACKS_EACH(ctx, x, count, "x"))
        return tensor_poison(ctx);
    if (count > MOST) return refused(ctx, equation, "more than 16 operands");
    for (int i = 0; i < count; i++, at += *at == ',' && i < count) {
        if (x[i]->kind == TENSOR_POISON) return x[i];
        terms[i].t = x[i];
        if (read_labels(&at, x[i]->shape.rank, 0, terms[i].label) < 0 ||
            (i + 1 < count) != (*at == ','))
            return refused(ctx, equation, "letters and operands do not fit");
        for (int k = 0; k < x[i]->shape.rank; k++) {
            int label = terms[i].label[k];
            times[label]++;
            if (label < MAX_RANK && label >= dots) dots = label + 1;
        }
        take_diagonals(&terms[i]);
        if (terms[i].t->kind == TENSOR_POISON) return terms[i].t;
    }
    kept = result_labels(at, times, dots, result);
    if (kept < 0) return refused(ctx, equation, "the result cannot have these letters");
    for (int i = 0; i < count; i++) {
        bool needed[256] = {false};
        for (int k = 0; k < kept; k++) needed[result[k]] = true;
        for (int j = i + 1; j < count; j++)
            for (int k = 0; k < terms[j].t->shape.rank; k++) needed[terms[j].label[k]] = true;
        if (i > 0) { /* with all before it */
            if (!contract(&terms[i - 1], &terms[i], needed, &made))
                return refused(ctx, equation, "more than 8 axes at once");
            if (made.t->kind == TENSOR_POISON) return made.t;
            terms[i] = made;
        }
        sum_unneeded(&terms[i], needed);
        if (terms[i].t->kind == TENSOR_POISON) return terms[i].t;
    }
    return ordered(&terms[count - 1], result, kept);
}
