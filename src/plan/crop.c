/* crop: what a max pooling does not read of a convolution is not computed: the last rows and
 * columns that fill no window. Their gradient is zero, so that the gradients of the convolution
 * leave them out too. A 3x3 convolution of 13x13 pixels before a 2x2 pooling makes 10x10 results,
 * not 11x11: 17 % less, and Winograd's tiles fit better. */
#include "op/window.h"
#include "plan/rewrite.h"

/* The places at an image's end, along each axis, that pooling does not read and the convolution
 * that makes it can leave out. Whether there are any. */
static bool find_unread(const pool_attrs *pool, const shape *image, const conv_attrs *conv,
                        int64_t unread[3]) {
    window g;
    bool any = false;
    for (int i = 0; i < image->rank; i++)
        if (image->dims[i] < 1) return false;
    pool_window(pool, image, &g);
    for (int i = 0; i < WINDOW_AXES; i++) {
        int64_t reach = (g.out[i] - 1) * g.strides[i] + g.kernel[i] - g.before[i];
        unread[i] = g.in[i] > reach ? g.in[i] - reach : 0;
        if (unread[i] > 1) unread[i] = 1; /* oneDNN takes no more off */
        any |= unread[i] > 0;
    }
    return any && conv->layout == pool->layout;
}

static operand cropped(const operand *whole, int64_t layout, const int64_t unread[3]) {
    operand part = *whole;
    int axes = whole->shape.rank - 2;
    for (int i = 0; i < axes; i++)
        part.shape.dims[space_axis(layout) + i] -= unread[WINDOW_AXES - axes + i];
    return part;
}

/* The node that alone reads `value`, as its input `*at`; NULL: none, several, or the outside. */
static const node *only_reader(const rewrite *r, int value, int *at) {
    if (r->uses[value] != 1) return NULL;
    for (size_t i = 0; i < r->from->node_count; i++)
        for (*at = 0; *at < r->from->nodes[i].inputs; ++*at)
            if (r->from->nodes[i].in[*at] == value) return &r->from->nodes[i];
    return NULL;
}

static mica_status forward(rewrite *r, const node *n) {
    int at;
    const node *pool = only_reader(r, n->out[0], &at);
    const operand *y = &r->from->values[n->out[0]].info;
    conv_attrs a = *(const conv_attrs *)n->attrs;
    if (!pool || pool->op != &op_max_pool || a.unread[0] + a.unread[1] + a.unread[2] ||
        !find_unread(pool->attrs, &y->shape, &a, a.unread))
        return rewrite_copy(r, n);
    int in[MAX_INPUTS];
    for (int i = 0; i < n->inputs; i++) in[i] = rewrite_value(r, n->in[i]);
    operand part = cropped(y, a.layout, a.unread);
    return rewrite_sized(r, n, n->op, &a, n->inputs, in, &part);
}

/* The convolution whose gradient for images or weights n is, if it reads dy as such. */
static const conv_attrs *gradient_of(const node *n, int dy) {
    bool data = n->op == &op_conv_backward_data && n->inputs == 3 && n->in[0] == dy;
    bool weights = n->op == &op_conv_backward_weights && n->in[1] == dy && n->in[0] != dy;
    const conv_attrs *a = data || weights ? n->attrs : NULL;
    return a && a->unread[0] + a->unread[1] + a->unread[2] == 0 ? a : NULL;
}

/* What all readers of a pooling's gradient may leave out: nothing, if one is no convolution's. */
static bool backward_unread(const rewrite *r, const node *back, int64_t unread[3]) {
    int value = back->out[0], readers = 0;
    const conv_attrs *conv = NULL;
    for (size_t i = 0; i < r->from->node_count; i++) {
        const node *n = &r->from->nodes[i];
        int reads = 0;
        for (int k = 0; k < n->inputs; k++) reads += n->in[k] == value;
        if (!reads) continue;
        if (reads > 1 || !(conv = gradient_of(n, value))) return false;
        readers++;
    }
    return readers && readers == r->uses[value] &&
           find_unread(back->attrs, &r->from->values[value].info.shape, conv, unread);
}

static mica_status backward(rewrite *r, const node *n) {
    int64_t unread[3];
    if (!backward_unread(r, n, unread)) return rewrite_copy(r, n);
    const operand *dx = &r->from->values[n->out[0]].info;
    operand part = cropped(dx, ((const pool_attrs *)n->attrs)->layout, unread);
    int in[] = {rewrite_value(r, n->in[0]), rewrite_value(r, n->in[1]),
                graph_shape(r->to, part.dtype, &part.shape)};
    return rewrite_sized(r, n, n->op, n->attrs, 3, in, &part);
}

static mica_status gradient(rewrite *r, const node *n) {
    const node *back = made_by(r, n->in[n->op == &op_conv_backward_weights], &op_max_pool_backward);
    conv_attrs a = *(const conv_attrs *)n->attrs;
    if (!back || !backward_unread(r, back, a.unread)) return rewrite_copy(r, n);
    int in[MAX_INPUTS];
    for (int i = 0; i < n->inputs; i++) in[i] = rewrite_value(r, n->in[i]);
    return rewrite_node(r, n, n->op, &a, n->inputs, in);
}

static mica_status crop(rewrite *r, const node *n) {
    if (n->op == &op_conv) return forward(r, n);
    if (n->op == &op_max_pool_backward) return backward(r, n);
    bool is_gradient = n->op == &op_conv_backward_data || n->op == &op_conv_backward_weights;
    return is_gradient ? gradient(r, n) : rewrite_copy(r, n);
}

const pass pass_crop = {"crop", crop, NULL};
