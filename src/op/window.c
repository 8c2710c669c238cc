/* Windows that slide over images: see window.h. */
#include "op/window.h"

const field conv2d_fields[] = {
    INTEGERS(conv2d_attrs, strides, 2, .help = "height, width"),
    INTEGERS(conv2d_attrs, dilations, 2, .help = "height, width"),
    INTEGER(conv2d_attrs, groups, .help = "channels are split into so many"),
    INTEGER(conv2d_attrs, padding, .help = "0 valid, 1 same, 2 explicit"),
    INTEGERS(conv2d_attrs, pads, 4, .help = "top, left, bottom, right"),
    INTEGER(conv2d_attrs, layout, .help = "0 channels last, 1 channels first"),
    INTEGER(conv2d_attrs, activation, .help = "0: none"),
    INTEGERS(conv2d_attrs, output_extra, 2, .help = "transposed: out = in * stride + extra"),
    END_OF_FIELDS,
};

const field pool2d_fields[] = {
    INTEGERS(pool2d_attrs, pool, 2, .help = "height, width"),
    INTEGERS(pool2d_attrs, strides, 2, .help = "height, width"),
    INTEGER(pool2d_attrs, padding, .help = "0 valid, 1 same, 2 explicit"),
    INTEGERS(pool2d_attrs, pads, 4, .help = "top, left, bottom, right"),
    INTEGER(pool2d_attrs, layout, .help = "0 channels last, 1 channels first"),
    INTEGER(pool2d_attrs, count_padding, .help = "average: padding counts as zeros"),
    END_OF_FIELDS,
};

int64_t window_extent(int64_t n, int64_t kernel, int64_t stride, int64_t dilation, int64_t padding,
                      int64_t before, int64_t after) {
    if (n < 0) return -1;
    if (padding == MICA_PADDING_SAME) return (n + stride - 1) / stride;
    int64_t room = n - ((kernel - 1) * dilation + 1);
    if (padding == MICA_PADDING_EXPLICIT) room += before + after;
    return room < 0 ? 0 : room / stride + 1;
}

/* Fills in, out, before, after along axis i; strides, dilations and kernel are set. */
static void window_axis(window *g, int i, int64_t n, int64_t padding, const int64_t pads[4]) {
    g->in[i] = n;
    g->out[i] = window_extent(n, g->kernel[i], g->strides[i], g->dilations[i], padding, pads[i],
                              pads[i + 2]);
    g->before[i] = padding == MICA_PADDING_EXPLICIT ? pads[i] : 0;
    g->after[i] = padding == MICA_PADDING_EXPLICIT ? pads[i + 2] : 0;
    if (padding != MICA_PADDING_SAME) return;
    int64_t total = (g->out[i] - 1) * g->strides[i] + (g->kernel[i] - 1) * g->dilations[i] + 1 - n;
    if (total < 0) total = 0;
    g->before[i] = total / 2;
    g->after[i] = total - total / 2;
}

void conv2d_window(const conv2d_attrs *a, const shape *x, const shape *w, window *out) {
    *out = (window){.batch = x->dims[0],
                    .channels = x->dims[channel_axis(a->layout)],
                    .filters = w->dims[3],
                    .groups = a->groups,
                    .channels_first = a->layout == MICA_CHANNELS_FIRST};
    for (int i = 0; i < 2; i++) {
        out->kernel[i] = w->dims[i];
        out->strides[i] = a->strides[i];
        out->dilations[i] = a->dilations[i];
        window_axis(out, i, x->dims[height_axis(a->layout) + i], a->padding, a->pads);
    }
}

void pool2d_window(const pool2d_attrs *a, const shape *x, window *out) {
    *out = (window){.batch = x->dims[0],
                    .channels = x->dims[channel_axis(a->layout)],
                    .groups = 1,
                    .channels_first = a->layout == MICA_CHANNELS_FIRST};
    out->filters = out->channels;
    for (int i = 0; i < 2; i++) {
        out->kernel[i] = a->pool[i];
        out->strides[i] = a->strides[i];
        out->dilations[i] = 1;
        window_axis(out, i, x->dims[height_axis(a->layout) + i], a->padding, a->pads);
    }
}

static mica_status require_positive(shape_frame *f, const int64_t values[2], const char *what) {
    for (int i = 0; i < 2; i++)
        if (values[i] < 1 || values[i] > INT32_MAX)
            return shape_fail(f, "%s (%lld, %lld), expected at least 1", what, (long long)values[0],
                              (long long)values[1]);
    return MICA_OK;
}

static mica_status require_padding(shape_frame *f, int64_t padding, const int64_t pads[4],
                                   int64_t layout) {
    if (padding < MICA_PADDING_VALID || padding > MICA_PADDING_EXPLICIT)
        return shape_fail(f, "padding %lld, expected 0 to 2", (long long)padding);
    if (layout != MICA_CHANNELS_LAST && layout != MICA_CHANNELS_FIRST)
        return shape_fail(f, "layout %lld, expected 0 or 1", (long long)layout);
    for (int i = 0; i < 4; i++)
        if (pads[i] < 0 || pads[i] > INT32_MAX)
            return shape_fail(f, "padding (%lld, %lld, %lld, %lld), expected 0 or more",
                              (long long)pads[0], (long long)pads[1], (long long)pads[2],
                              (long long)pads[3]);
    return MICA_OK;
}

/* The extent along axis i into y; an error where no window fits. */
static mica_status result_extent(shape_frame *f, const window *g, int i, int64_t n, int64_t padding,
                                 const int64_t pads[4], int64_t *y) {
    static const char *const names[] = {"height", "width"};
    *y = window_extent(n, g->kernel[i], g->strides[i], g->dilations[i], padding, pads[i],
                       pads[i + 2]);
    if (*y == 0)
        return shape_fail(f, "%s %lld with padding is less than the window's %lld", names[i],
                          (long long)n, (long long)((g->kernel[i] - 1) * g->dilations[i] + 1));
    return MICA_OK;
}

mica_status conv2d_result(shape_frame *f, const shape *x, const shape *w, shape *y) {
    const conv2d_attrs *a = f->attrs;
    TRY(require_positive(f, a->strides, "strides"));
    TRY(require_positive(f, a->dilations, "dilations"));
    TRY(require_padding(f, a->padding, a->pads, a->layout));
    if (x->rank != 4) return shape_fail(f, "images of rank %d, expected 4", x->rank);
    if (w->rank != 4)
        return shape_fail(f, "weights of rank %d, expected 4: (height, width, channels, filters)",
                          w->rank);
    int axis = channel_axis(a->layout), height = height_axis(a->layout);
    int64_t channels = x->dims[axis], depth = w->dims[2], filters = w->dims[3];
    if (a->groups < 1 || (filters >= 0 && filters % a->groups != 0))
        return shape_fail(f, "%lld filters in %lld groups, expected a multiple", (long long)filters,
                          (long long)a->groups);
    if (channels >= 0 && depth >= 0 && channels != depth * a->groups) {
        char text[128];
        shape_format(w, text);
        return shape_fail(f, "%lld channels, expected %lld (weights %s, %lld groups)",
                          (long long)channels, (long long)(depth * a->groups), text,
                          (long long)a->groups);
    }
    window g = {.kernel = {w->dims[0], w->dims[1]}};
    if (g.kernel[0] < 0 || g.kernel[1] < 0)
        return shape_fail(f, "the window's extent is not known");
    TRY(require_positive(f, g.kernel, "window"));
    memcpy(g.strides, a->strides, sizeof g.strides);
    memcpy(g.dilations, a->dilations, sizeof g.dilations);
    *y = (shape){.rank = 4, .dims[0] = x->dims[0]};
    y->dims[axis] = filters;
    for (int i = 0; i < 2; i++)
        TRY(result_extent(f, &g, i, x->dims[height + i], a->padding, a->pads,
                          &y->dims[height + i]));
    return MICA_OK;
}

mica_status pool2d_result(shape_frame *f, const shape *x, shape *y) {
    const pool2d_attrs *a = f->attrs;
    TRY(require_positive(f, a->pool, "window"));
    TRY(require_positive(f, a->strides, "strides"));
    TRY(require_padding(f, a->padding, a->pads, a->layout));
    if (x->rank != 4) return shape_fail(f, "images of rank %d, expected 4", x->rank);
    window g = {.kernel = {a->pool[0], a->pool[1]},
                .strides = {a->strides[0], a->strides[1]},
                .dilations = {1, 1}};
    int height = height_axis(a->layout);
    *y = *x;
    for (int i = 0; i < 2; i++) {
        if (a->padding == MICA_PADDING_EXPLICIT &&
            (a->pads[i] >= a->pool[i] || a->pads[i + 2] >= a->pool[i]))
            return shape_fail(f, "padding (%lld, %lld, %lld, %lld), expected less than the window",
                              (long long)a->pads[0], (long long)a->pads[1], (long long)a->pads[2],
                              (long long)a->pads[3]);
        TRY(result_extent(f, &g, i, x->dims[height + i], a->padding, a->pads,
                          &y->dims[height + i]));
    }
    return MICA_OK;
}

mica_window_options mica_window_defaults(void) {
    return (mica_window_options){.size = sizeof(mica_window_options)};
}

static void copy_pair(int64_t to[2], const int64_t from[2]) {
    if (from[0]) to[0] = to[1] = from[0];
    if (from[1]) to[1] = from[1];
}

conv2d_attrs conv2d_attrs_of(const mica_window_options *o) {
    conv2d_attrs a = {.strides = {1, 1}, .dilations = {1, 1}, .groups = 1};
    if (!o) return a;
    copy_pair(a.strides, o->strides);
    copy_pair(a.dilations, o->dilations);
    if (o->groups) a.groups = o->groups;
    a.padding = o->padding;
    a.layout = o->layout;
    if (o->padding == MICA_PADDING_EXPLICIT) memcpy(a.pads, o->pads, sizeof a.pads);
    return a;
}

pool2d_attrs pool2d_attrs_of(const mica_window_options *o) {
    pool2d_attrs a = {.pool = {2, 2}, .strides = {2, 2}};
    if (!o) return a;
    copy_pair(a.pool, o->pool);
    memcpy(a.strides, a.pool, sizeof a.strides);
    copy_pair(a.strides, o->strides);
    a.padding = o->padding;
    a.layout = o->layout;
    a.count_padding = o->count_padding;
    if (o->padding == MICA_PADDING_EXPLICIT) memcpy(a.pads, o->pads, sizeof a.pads);
    return a;
}

bool conv2d_case(int number, conv2d_attrs *a, shape *x, shape *w, shape *y) {
    static const struct {
        conv2d_attrs attrs;
        shape x, w, y;
    } cases[] = {
        {{{1, 1}, {1, 1}, 1, MICA_PADDING_VALID, {0}, MICA_CHANNELS_LAST, 0, {0}},
         {4, {2, 4, 5, 2}},
         {4, {3, 2, 2, 3}},
         {4, {2, 2, 4, 3}}},
        {{{2, 1}, {1, 1}, 1, MICA_PADDING_SAME, {0}, MICA_CHANNELS_LAST, 0, {0}},
         {4, {1, 5, 4, 2}},
         {4, {3, 2, 2, 2}},
         {4, {1, 3, 4, 2}}},
        {{{1, 2}, {2, 1}, 2, MICA_PADDING_EXPLICIT, {1, 0, 2, 1}, MICA_CHANNELS_LAST, 0, {0}},
         {4, {1, 4, 4, 4}},
         {4, {2, 3, 2, 2}},
         {4, {1, 5, 2, 2}}},
        {{{2, 2}, {1, 2}, 2, MICA_PADDING_SAME, {0}, MICA_CHANNELS_FIRST, 0, {0}},
         {4, {2, 2, 5, 4}},
         {4, {2, 2, 1, 4}},
         {4, {2, 4, 3, 2}}},
        {{{3, 3}, {1, 1}, 1, MICA_PADDING_SAME, {0}, MICA_CHANNELS_LAST, 0, {0}},
         {4, {1, 4, 5, 1}},
         {4, {1, 2, 1, 2}},
         {4, {1, 2, 2, 2}}},
        {{{1, 1}, {1, 1}, 3, MICA_PADDING_VALID, {0}, MICA_CHANNELS_FIRST, 0, {0}},
         {4, {1, 3, 3, 3}},
         {4, {1, 1, 1, 3}},
         {4, {1, 3, 3, 3}}},
    };
    if (number >= (int)LENGTH(cases)) return false;
    *a = cases[number].attrs;
    *x = cases[number].x;
    *w = cases[number].w;
    *y = cases[number].y;
    return true;
}

bool pool2d_case(int number, pool2d_attrs *a, shape *x, shape *y) {
    static const struct {
        pool2d_attrs attrs;
        shape x, y;
    } cases[] = {
        {{{2, 2}, {2, 2}, MICA_PADDING_VALID, {0}, MICA_CHANNELS_LAST, 0},
         {4, {2, 4, 5, 2}},
         {4, {2, 2, 2, 2}}},
        {{{3, 2}, {2, 1}, MICA_PADDING_SAME, {0}, MICA_CHANNELS_LAST, 0},
         {4, {1, 5, 4, 2}},
         {4, {1, 3, 4, 2}}},
        {{{3, 3}, {2, 2}, MICA_PADDING_EXPLICIT, {1, 2, 0, 1}, MICA_CHANNELS_FIRST, 0},
         {4, {1, 2, 4, 4}},
         {4, {1, 2, 2, 3}}},
        {{{2, 3}, {1, 2}, MICA_PADDING_SAME, {0}, MICA_CHANNELS_FIRST, 1},
         {4, {2, 1, 3, 4}},
         {4, {2, 1, 3, 2}}},
    };
    if (number >= (int)LENGTH(cases)) return false;
    *a = cases[number].attrs;
    *x = cases[number].x;
    *y = cases[number].y;
    return true;
}
