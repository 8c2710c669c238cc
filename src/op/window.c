/* Windows that slide over images: see window.h. */
#include "op/window.h"

#define AXES_HELP "depth, height, width"
#define PADS_HELP "front, top, left, back, bottom, right"

const field conv_fields[] = {
    INTEGERS(conv_attrs, strides, 3, .help = AXES_HELP),
    INTEGERS(conv_attrs, dilations, 3, .help = AXES_HELP),
    INTEGER(conv_attrs, groups, .help = "channels are split into so many"),
    INTEGER(conv_attrs, padding, .help = "0 valid, 1 same, 2 explicit"),
    INTEGERS(conv_attrs, pads, 6, .help = PADS_HELP),
    INTEGER(conv_attrs, layout, .help = "0 channels last, 1 channels first"),
    INTEGER(conv_attrs, activation, .help = "0: none"),
    INTEGERS(conv_attrs, output_extra, 3, .help = "transposed: out = in * stride + extra"),
    INTEGERS(conv_attrs, unread, 3, .help = "last places of the result that are left out"),
    END_OF_FIELDS,
};

const field pool_fields[] = {
    INTEGERS(pool_attrs, pool, 3, .help = AXES_HELP),
    INTEGERS(pool_attrs, strides, 3, .help = AXES_HELP),
    INTEGER(pool_attrs, padding, .help = "0 valid, 1 same, 2 explicit"),
    INTEGERS(pool_attrs, pads, 6, .help = PADS_HELP),
    INTEGER(pool_attrs, layout, .help = "0 channels last, 1 channels first"),
    INTEGER(pool_attrs, count_padding, .help = "average: padding counts as zeros"),
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
static void window_axis(window *g, int i, int64_t n, int64_t padding, const int64_t pads[6]) {
    g->in[i] = n;
    g->out[i] = window_extent(n, g->kernel[i], g->strides[i], g->dilations[i], padding, pads[i],
                              pads[i + 3]);
    g->before[i] = padding == MICA_PADDING_EXPLICIT ? pads[i] : 0;
    g->after[i] = padding == MICA_PADDING_EXPLICIT ? pads[i + 3] : 0;
    if (padding != MICA_PADDING_SAME) return;
    int64_t total = (g->out[i] - 1) * g->strides[i] + (g->kernel[i] - 1) * g->dilations[i] + 1 - n;
    if (total < 0) total = 0;
    g->before[i] = total / 2;
    g->after[i] = total - total / 2;
}

/* The extent of axis i of space in a shape in which space begins at `first`; 1: it has no such. */
static int64_t extent_of(const shape *s, int first, int axes, int i) {
    int own = i - (WINDOW_AXES - axes);
    return own < 0 ? 1 : s->dims[first + own];
}

void conv_window(const conv_attrs *a, const shape *x, const shape *w, window *out) {
    int axes = x->rank - 2;
    *out = (window){.axes = axes,
                    .batch = x->dims[0],
                    .channels = x->dims[channel_axis(a->layout, x->rank)],
                    .filters = w->dims[w->rank - 1],
                    .groups = a->groups,
                    .channels_first = a->layout == MICA_CHANNELS_FIRST};
    for (int i = 0; i < WINDOW_AXES; i++) {
        out->kernel[i] = extent_of(w, 0, axes, i);
        out->strides[i] = a->strides[i];
        out->dilations[i] = a->dilations[i];
        window_axis(out, i, extent_of(x, space_axis(a->layout), axes, i), a->padding, a->pads);
        out->out[i] -= a->unread[i];
    }
}

bool pool_overlaps(const pool_attrs *a) {
    for (int i = 0; i < WINDOW_AXES; i++)
        if (a->strides[i] < a->pool[i]) return true;
    return false;
}

void pool_window(const pool_attrs *a, const shape *x, window *out) {
    int axes = x->rank - 2;
    *out = (window){.axes = axes,
                    .batch = x->dims[0],
                    .channels = x->dims[channel_axis(a->layout, x->rank)],
                    .groups = 1,
                    .channels_first = a->layout == MICA_CHANNELS_FIRST};
    out->filters = out->channels;
    for (int i = 0; i < WINDOW_AXES; i++) {
        out->kernel[i] = a->pool[i];
        out->strides[i] = a->strides[i];
        out->dilations[i] = 1;
        window_axis(out, i, extent_of(x, space_axis(a->layout), axes, i), a->padding, a->pads);
    }
}

/* "2, 1" of the last `axes` of three numbers. */
static const char *numbers(const int64_t values[3], int axes, char text[96]) {
    const int64_t *v = values + WINDOW_AXES - axes;
    int at = snprintf(text, 96, "%lld", (long long)v[0]);
    for (int i = 1; i < axes; i++)
        at += snprintf(text + at, 96 - (size_t)at, ", %lld", (long long)v[i]);
    return text;
}

static mica_status require_positive(shape_frame *f, const int64_t values[3], int axes,
                                    const char *what) {
    char text[96];
    for (int i = 0; i < WINDOW_AXES; i++)
        if (values[i] < 1 || values[i] > INT32_MAX)
            return shape_fail(f, "%s (%s), expected at least 1", what, numbers(values, axes, text));
    return MICA_OK;
}

static mica_status pads_fail(shape_frame *f, const int64_t pads[6], int axes,
                             const char *expected) {
    char before[96], after[96];
    return shape_fail(f, "padding (%s) before and (%s) after, expected %s",
                      numbers(pads, axes, before), numbers(pads + 3, axes, after), expected);
}

static mica_status require_padding(shape_frame *f, int64_t padding, const int64_t pads[6],
                                   int64_t layout, int axes) {
    if (padding < MICA_PADDING_VALID || padding > MICA_PADDING_EXPLICIT)
        return shape_fail(f, "padding %lld, expected 0 to 2", (long long)padding);
    if (layout != MICA_CHANNELS_LAST && layout != MICA_CHANNELS_FIRST)
        return shape_fail(f, "layout %lld, expected 0 or 1", (long long)layout);
    for (int i = 0; i < 6; i++)
        if (pads[i] < 0 || pads[i] > INT32_MAX) return pads_fail(f, pads, axes, "0 or more");
    return MICA_OK;
}

mica_status require_image(shape_frame *f, const shape *x) {
    if (x->rank >= 3 && x->rank <= 2 + WINDOW_AXES) return MICA_OK;
    return shape_fail(f, "images of rank %d, expected 3 to 5", x->rank);
}

/* The extents of y along the axes of space, whose shape is x's so far; an error where no window
 * fits. */
static mica_status result_extents(shape_frame *f, const window *g, int64_t layout, int64_t padding,
                                  const int64_t pads[6], const shape *x, shape *y) {
    static const char *const names[] = {"depth", "height", "width"};
    for (int k = 0; k < g->axes; k++) {
        int i = WINDOW_AXES - g->axes + k, axis = space_axis(layout) + k;
        int64_t n = x->dims[axis],
                pad = padding == MICA_PADDING_EXPLICIT ? pads[i] + pads[i + 3] : 0;
        y->dims[axis] = window_extent(n, g->kernel[i], g->strides[i], g->dilations[i], padding,
                                      pads[i], pads[i + 3]);
        if (y->dims[axis] == 0)
            return shape_fail(f, "%s %lld with padding is less than the window's %lld",
                              g->axes == 1 ? "length" : names[i], (long long)(n + pad),
                              (long long)((g->kernel[i] - 1) * g->dilations[i] + 1));
    }
    return MICA_OK;
}

static mica_status require_groups(shape_frame *f, int64_t groups, int64_t channels,
                                  const shape *w) {
    int64_t depth = w->dims[w->rank - 2], filters = w->dims[w->rank - 1];
    if (groups < 1 || (filters >= 0 && filters % groups != 0))
        return shape_fail(f, "%lld filters in %lld groups, expected a multiple", (long long)filters,
                          (long long)groups);
    if (channels < 0 || depth < 0 || channels == depth * groups) return MICA_OK;
    char text[128];
    shape_format(w, text);
    return shape_fail(f, "%lld channels, expected %lld (weights %s, %lld groups)",
                      (long long)channels, (long long)(depth * groups), text, (long long)groups);
}

/* Without the places that nobody reads: some must be left. */
static mica_status leave_out(shape_frame *f, const conv_attrs *a, int axes, shape *y) {
    for (int k = 0; k < axes; k++) {
        int64_t *extent = &y->dims[space_axis(a->layout) + k];
        int64_t unread = a->unread[WINDOW_AXES - axes + k];
        if (unread < 0 || (*extent >= 0 && unread >= *extent))
            return shape_fail(f, "%lld of %lld places left out", (long long)unread,
                              (long long)*extent);
        if (*extent > 0) *extent -= unread;
    }
    return MICA_OK;
}

mica_status conv_result(shape_frame *f, const shape *x, const shape *w, shape *y) {
    const conv_attrs *a = f->attrs;
    TRY(require_image(f, x));
    window g = {.axes = x->rank - 2};
    TRY(require_positive(f, a->strides, g.axes, "strides"));
    TRY(require_positive(f, a->dilations, g.axes, "dilations"));
    TRY(require_padding(f, a->padding, a->pads, a->layout, g.axes));
    if (w->rank != x->rank)
        return shape_fail(f, "weights of rank %d, expected %d: (extents, channels, filters)",
                          w->rank, x->rank);
    int axis = channel_axis(a->layout, x->rank);
    TRY(require_groups(f, a->groups, x->dims[axis], w));
    for (int i = 0; i < WINDOW_AXES; i++) {
        g.kernel[i] = extent_of(w, 0, g.axes, i);
        if (g.kernel[i] < 0) return shape_fail(f, "the window's extent is not known");
    }
    TRY(require_positive(f, g.kernel, g.axes, "window"));
    memcpy(g.strides, a->strides, sizeof g.strides);
    memcpy(g.dilations, a->dilations, sizeof g.dilations);
    *y = *x;
    y->dims[axis] = w->dims[w->rank - 1];
    TRY(result_extents(f, &g, a->layout, a->padding, a->pads, x, y));
    return leave_out(f, a, g.axes, y);
}

mica_status pool_result(shape_frame *f, const shape *x, shape *y) {
    const pool_attrs *a = f->attrs;
    TRY(require_image(f, x));
    window g = {.axes = x->rank - 2, .dilations = {1, 1, 1}};
    TRY(require_positive(f, a->pool, g.axes, "window"));
    TRY(require_positive(f, a->strides, g.axes, "strides"));
    TRY(require_padding(f, a->padding, a->pads, a->layout, g.axes));
    for (int i = 0; i < WINDOW_AXES; i++)
        if (a->pads[i] >= a->pool[i] || a->pads[i + 3] >= a->pool[i])
            return pads_fail(f, a->pads, g.axes, "less than the window");
    memcpy(g.kernel, a->pool, sizeof g.kernel);
    memcpy(g.strides, a->strides, sizeof g.strides);
    *y = *x;
    return result_extents(f, &g, a->layout, a->padding, a->pads, x, y);
}

mica_window_options mica_window_defaults(void) {
    return (mica_window_options){.size = sizeof(mica_window_options)};
}

mica_window_options window_given(mica_context *ctx, const mica_window_options *given,
                                 const char *what) {
    mica_window_options own = mica_window_defaults();
    mica_error err = {0};
    if (options_take(&own, sizeof own, given, what, &err) != MICA_OK) context_fail_with(ctx, &err);
    return own;
}

/* The numbers of a user, one for each axis of space, over the defaults; 0 copies the first. */
static void copy_given(int64_t to[3], const int64_t from[3], int axes) {
    for (int i = 0; i < axes && from[0]; i++)
        to[WINDOW_AXES - axes + i] = from[i] ? from[i] : from[0];
}

/* Befores, then afters, of as many axes. */
static void copy_pads(int64_t to[6], const mica_window_options *o, int axes) {
    if (o->padding != MICA_PADDING_EXPLICIT) return;
    for (int i = 0; i < axes; i++) {
        to[WINDOW_AXES - axes + i] = o->pads[i];
        to[2 * WINDOW_AXES - axes + i] = o->pads[axes + i];
    }
}

/* A rank that is no image's is told by the shape rule. */
static int axes_within(int axes) { return axes < 1 ? 1 : axes > WINDOW_AXES ? WINDOW_AXES : axes; }

conv_attrs conv_attrs_of(const mica_window_options *o, int axes) {
    conv_attrs a = {.strides = {1, 1, 1}, .dilations = {1, 1, 1}, .groups = 1};
    axes = axes_within(axes);
    copy_given(a.strides, o->strides, axes);
    copy_given(a.dilations, o->dilations, axes);
    if (o->groups) a.groups = o->groups;
    a.padding = o->padding;
    a.layout = o->layout;
    copy_pads(a.pads, o, axes);
    return a;
}

pool_attrs pool_attrs_of(const mica_window_options *o, int axes) {
    pool_attrs a = {.pool = {1, 1, 1}, .strides = {1, 1, 1}};
    axes = axes_within(axes);
    copy_given(a.pool, o->pool[0] ? o->pool : (const int64_t[3]){2}, axes);
    memcpy(a.strides, a.pool, sizeof a.strides);
    copy_given(a.strides, o->strides, axes);
    a.padding = o->padding;
    a.layout = o->layout;
    a.count_padding = o->count_padding;
    copy_pads(a.pads, o, axes);
    return a;
}

bool conv_case(int number, conv_attrs *a, shape *x, shape *w, shape *y) {
    static const struct {
        conv_attrs attrs;
        shape x, w, y;
    } cases[] = {
        {{{1, 1, 1}, {1, 1, 1}, 1, MICA_PADDING_VALID, {0}, MICA_CHANNELS_LAST, 0, {0}, {0}},
         {4, {2, 4, 5, 2}},
         {4, {3, 2, 2, 3}},
         {4, {2, 2, 4, 3}}},
        {{{1, 2, 1}, {1, 1, 1}, 1, MICA_PADDING_SAME, {0}, MICA_CHANNELS_LAST, 0, {0}, {0}},
         {4, {1, 5, 4, 2}},
         {4, {3, 2, 2, 2}},
         {4, {1, 3, 4, 2}}},
        {{{1, 1, 2},
          {1, 2, 1},
          2,
          MICA_PADDING_EXPLICIT,
          {0, 1, 0, 0, 2, 1},
          MICA_CHANNELS_LAST,
          0,
          {0},
          {0}},
         {4, {1, 4, 4, 4}},
         {4, {2, 3, 2, 2}},
         {4, {1, 5, 2, 2}}},
        {{{1, 2, 2}, {1, 1, 2}, 2, MICA_PADDING_SAME, {0}, MICA_CHANNELS_FIRST, 0, {0}, {0}},
         {4, {2, 2, 5, 4}},
         {4, {2, 2, 1, 4}},
         {4, {2, 4, 3, 2}}},
        {{{1, 3, 3}, {1, 1, 1}, 1, MICA_PADDING_SAME, {0}, MICA_CHANNELS_LAST, 0, {0}, {0}},
         {4, {1, 4, 5, 1}},
         {4, {1, 2, 1, 2}},
         {4, {1, 2, 2, 2}}},
        {{{1, 1, 1}, {1, 1, 1}, 3, MICA_PADDING_VALID, {0}, MICA_CHANNELS_FIRST, 0, {0}, {0}},
         {4, {1, 3, 3, 3}},
         {4, {1, 1, 1, 3}},
         {4, {1, 3, 3, 3}}},
        {{{1, 1, 2}, {1, 1, 1}, 1, MICA_PADDING_SAME, {0}, MICA_CHANNELS_LAST, 0, {0}, {0}},
         {3, {2, 6, 2}},
         {3, {3, 2, 3}},
         {3, {2, 3, 3}}},
        {{{1, 1, 1},
          {1, 1, 2},
          2,
          MICA_PADDING_EXPLICIT,
          {0, 0, 2, 0, 0, 1},
          MICA_CHANNELS_FIRST,
          0,
          {0},
          {0}},
         {3, {2, 4, 3}},
         {3, {2, 2, 4}},
         {3, {2, 4, 4}}},
        {{{2, 1, 1}, {1, 1, 2}, 1, MICA_PADDING_SAME, {0}, MICA_CHANNELS_LAST, 0, {0}, {0}},
         {5, {1, 3, 3, 4, 2}},
         {5, {2, 3, 2, 2, 2}},
         {5, {1, 2, 3, 4, 2}}},
        {{{1, 2, 1},
          {2, 1, 1},
          2,
          MICA_PADDING_EXPLICIT,
          {1, 0, 1, 0, 1, 0},
          MICA_CHANNELS_FIRST,
          0,
          {0},
          {0}},
         {5, {2, 2, 3, 3, 2}},
         {5, {2, 2, 2, 1, 2}},
         {5, {2, 2, 2, 2, 2}}},
        {{{1, 1, 1}, {1, 1, 1}, 1, MICA_PADDING_VALID, {0}, MICA_CHANNELS_LAST, 0, {0}, {0, 1, 0}},
         {4, {2, 5, 4, 2}},
         {4, {3, 2, 2, 3}},
         {4, {2, 2, 3, 3}}},
        {{{1, 1, 2}, {1, 1, 1}, 1, MICA_PADDING_SAME, {0}, MICA_CHANNELS_FIRST, 0, {0}, {0, 1, 2}},
         {4, {1, 2, 4, 5}},
         {4, {2, 3, 2, 2}},
         {4, {1, 2, 3, 1}}},
    };
    if (number >= (int)LENGTH(cases)) return false;
    *a = cases[number].attrs;
    *x = cases[number].x;
    *w = cases[number].w;
    *y = cases[number].y;
    return true;
}

bool pool_case(int number, pool_attrs *a, shape *x, shape *y) {
    static const struct {
        pool_attrs attrs;
        shape x, y;
    } cases[] = {
        {{{1, 2, 2}, {1, 2, 2}, MICA_PADDING_VALID, {0}, MICA_CHANNELS_LAST, 0},
         {4, {2, 4, 5, 2}},
         {4, {2, 2, 2, 2}}},
        {{{1, 3, 2}, {1, 2, 1}, MICA_PADDING_SAME, {0}, MICA_CHANNELS_LAST, 0},
         {4, {1, 5, 4, 2}},
         {4, {1, 3, 4, 2}}},
        {{{1, 3, 3}, {1, 2, 2}, MICA_PADDING_EXPLICIT, {0, 1, 2, 0, 0, 1}, MICA_CHANNELS_FIRST, 0},
         {4, {1, 2, 4, 4}},
         {4, {1, 2, 2, 3}}},
        {{{1, 2, 3}, {1, 1, 2}, MICA_PADDING_SAME, {0}, MICA_CHANNELS_FIRST, 1},
         {4, {2, 1, 3, 4}},
         {4, {2, 1, 3, 2}}},
        {{{1, 1, 3}, {1, 1, 2}, MICA_PADDING_SAME, {0}, MICA_CHANNELS_LAST, 0},
         {3, {2, 5, 3}},
         {3, {2, 3, 3}}},
        {{{2, 2, 2}, {1, 2, 1}, MICA_PADDING_EXPLICIT, {1, 0, 0, 0, 1, 1}, MICA_CHANNELS_LAST, 1},
         {5, {1, 2, 3, 3, 2}},
         {5, {1, 2, 2, 3, 2}}},
        {{{2, 1, 2}, {2, 1, 2}, MICA_PADDING_VALID, {0}, MICA_CHANNELS_FIRST, 0},
         {5, {1, 2, 3, 2, 4}},
         {5, {1, 2, 1, 2, 2}}},
    };
    if (number >= (int)LENGTH(cases)) return false;
    *a = cases[number].attrs;
    *x = cases[number].x;
    *y = cases[number].y;
    return true;
}
