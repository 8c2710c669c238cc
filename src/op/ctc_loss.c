/* ctc_loss: y = -log of the probability that logits spell the labels, over all ways to stretch them
 * over the time steps with blanks between.  logits (B, T, K), labels (B, L), label_lengths (B),
 * logit_lengths (B), y (B). Output 1 holds dy/dlogits (B, T, K), output 2 log alpha, and log beta
 * of one step in its last row (B, T + 1, 2 L + 1).
 *
 * With s = blank l_1 blank l_2 … blank and log p = log softmax(logits), forward and backward in log
 * space: alpha_t(i) = p_t(s_i) (alpha_{t-1}(i) + alpha_{t-1}(i-1) + alpha_{t-1}(i-2)), the last
 * term where s_i is no blank and not s_{i-2}; beta_t(i) the same from the end, without p_t;
 * dy/dz_t(k) = softmax(z_t)(k) - sum over s_i = k of alpha_t(i) beta_t(i) / P.
 * Steps after logit_lengths have no gradient. Labels that do not fit (more than the steps, or no
 * class): y is inf and the gradient 0.
 * Source: Graves et al. (2006); tf.nn.ctc_loss; torch.nn.functional.ctc_loss. */
#include "mica/array.h"
#include "op/loss.h"
#include "op/samples.h"

typedef struct ctc_attrs {
    int64_t blank;
} ctc_attrs;

/* One sample. */
typedef struct spelling {
    const kernel_call *c;
    mica_dtype dtype;                    /* of the logits */
    int64_t row, steps, classes, states; /* states: 2 label_length + 1 */
    int64_t all_steps, all_labels, blank;
    double *alpha, *beta; /* (steps, stride), (stride) */
    int64_t stride;
} spelling;

static double log_add(double a, double b) {
    if (a < b) return log_add(b, a);
    return b == -INFINITY ? a : a + log1p(exp(b - a));
}

static int64_t whole_at(const kernel_call *c, int input, int64_t i) {
    mica_dtype dtype = c->in_info[input].dtype;
    return (int64_t)dtype_load(dtype, element_of(c->in[input], dtype, i));
}

static int64_t state_class(const spelling *s, int64_t i) {
    return i % 2 ? whole_at(s->c, 1, s->row * s->all_labels + i / 2) : s->blank;
}

/* Whether a path may come to state i from i - 2. */
static bool skips(const spelling *s, int64_t i) {
    return i >= 2 && i % 2 && state_class(s, i) != state_class(s, i - 2);
}

static int64_t place(const spelling *s, int64_t t, int64_t k) {
    return (s->row * s->all_steps + t) * s->classes + k;
}

static double logit(const spelling *s, int64_t t, int64_t k) {
    return dtype_load(s->dtype, element_of(s->c->in[0], s->dtype, place(s, t, k)));
}

static double log_sum(const spelling *s, int64_t t) {
    double most = -INFINITY, sum = 0;
    for (int64_t k = 0; k < s->classes; k++) most = fmax(most, logit(s, t, k));
    for (int64_t k = 0; k < s->classes; k++) sum += exp(logit(s, t, k) - most);
    return most + log(sum);
}

static void forward_step(spelling *s, int64_t t) {
    double *now = s->alpha + t * s->stride, *before = now - s->stride, norm = log_sum(s, t);
    for (int64_t i = 0; i < s->states; i++) {
        double from = t ? before[i] : i < 2 ? 0 : -INFINITY;
        if (t && i >= 1) from = log_add(from, before[i - 1]);
        if (t && skips(s, i)) from = log_add(from, before[i - 2]);
        now[i] = from + logit(s, t, state_class(s, i)) - norm;
    }
}

/* beta of step t from that of t + 1, in place: ascending, so that what follows is still the old. */
static void backward_step(spelling *s, int64_t t) {
    if (t == s->steps - 1) {
        for (int64_t i = 0; i < s->states; i++) s->beta[i] = i + 2 < s->states ? -INFINITY : 0;
        return;
    }
    double norm = log_sum(s, t + 1);
    for (int64_t i = 0; i < s->states; i++) { /* times p_{t+1} first */
        s->beta[i] += logit(s, t + 1, state_class(s, i)) - norm;
    }
    for (int64_t i = 0; i < s->states; i++) {
        double to = s->beta[i];
        if (i + 1 < s->states) to = log_add(to, s->beta[i + 1]);
        if (i + 2 < s->states && skips(s, i + 2)) to = log_add(to, s->beta[i + 2]);
        s->beta[i] = to;
    }
}

static void add_gradient(const spelling *s, int64_t t, int64_t k, double value) {
    void *at = element_of(s->c->out[1], s->dtype, place(s, t, k));
    dtype_store(s->dtype, at, dtype_load(s->dtype, at) + value);
}

static void gradient_step(const spelling *s, int64_t t, double log_total) {
    double norm = log_sum(s, t);
    for (int64_t k = 0; k < s->classes; k++) add_gradient(s, t, k, exp(logit(s, t, k) - norm));
    for (int64_t i = 0; i < s->states; i++)
        add_gradient(s, t, state_class(s, i),
                     -exp(s->alpha[t * s->stride + i] + s->beta[i] - log_total));
}

static bool is_spelling(const spelling *s) {
    bool good = s->steps > 0 && s->states >= 1 && s->steps <= s->all_steps &&
                s->states / 2 <= s->all_labels && s->blank >= 0 && s->blank < s->classes;
    for (int64_t i = 1; i < s->states && good; i += 2)
        good = state_class(s, i) >= 0 && state_class(s, i) < s->classes;
    return good;
}

/* The loss of one sample; its gradient was zeroed. */
static double spell(spelling *s) {
    if (!is_spelling(s)) return INFINITY;
    for (int64_t t = 0; t < s->steps; t++) forward_step(s, t);
    const double *last = s->alpha + (s->steps - 1) * s->stride + s->states - 1;
    double log_total = s->states > 1 ? log_add(last[0], last[-1]) : last[0];
    if (log_total == -INFINITY) return INFINITY;
    for (int64_t t = s->steps - 1; t >= 0; t--) {
        backward_step(s, t);
        gradient_step(s, t, log_total);
    }
    return -log_total;
}

static void ctc_loss_reference(const kernel_call *c) {
    const shape *z = &c->in_info[0].shape;
    mica_dtype dtype = c->in_info[0].dtype;
    spelling s = {.c = c, .dtype = dtype, .all_steps = z->dims[1], .classes = z->dims[2]};
    s.all_labels = c->in_info[1].shape.dims[1];
    s.stride = 2 * s.all_labels + 1;
    s.blank = ((const ctc_attrs *)c->attrs)->blank;
    for (s.row = 0; s.row < z->dims[0]; s.row++) {
        s.alpha = (double *)c->out[2] + s.row * (s.all_steps + 1) * s.stride;
        s.beta = s.alpha + s.all_steps * s.stride;
        s.states = 2 * whole_at(c, 2, s.row) + 1;
        s.steps = whole_at(c, 3, s.row);
        for (int64_t i = 0; i < s.all_steps * s.classes; i++)
            dtype_store(dtype, element_of(c->out[1], dtype, place(&s, 0, i)), 0);
        dtype_store(dtype, element_of(c->out[0], dtype, s.row), spell(&s));
    }
}

static void ctc_loss_gradient(gradient_frame *g) {
    if (g->dout[1])
        context_fail(g->in[0]->ctx, MICA_UNSUPPORTED,
                     "ctc_loss: its gradient cannot be differentiated again");
    if (!g->need[0] || !g->dout[0]) return;
    mica_tensor *dy = mica_expand_dims(mica_expand_dims(g->dout[0], -1), -1);
    g->din[0] = mica_multiply(dy, g->out[1]);
}

static mica_status ctc_loss_shape(shape_frame *f) {
    TRY(require_float(f, 0));
    TRY(require_rank_between(f, 0, 3, 3));
    TRY(require_rank_between(f, 1, 2, 2));
    const shape *z = &f->in[0].shape, *labels = &f->in[1].shape, batch = MICA_SHAPE(z->dims[0]);
    TRY(require_fits(f, 1, &MICA_SHAPE(z->dims[0], labels->dims[1]), "the batch of the logits"));
    TRY(require_fits(f, 2, &batch, "the batch of the logits"));
    TRY(require_fits(f, 3, &batch, "the batch of the logits"));
    bool known = z->dims[1] >= 0;
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = batch};
    f->out[1] = (operand){.dtype = f->in[0].dtype, .shape = *z};
    f->out[2] = (operand){.dtype = MICA_FLOAT64,
                          .shape = MICA_SHAPE(z->dims[0], known ? z->dims[1] + 1 : -1,
                                              labels->dims[1] < 0 ? -1 : 2 * labels->dims[1] + 1)};
    return MICA_OK;
}

static bool ctc_loss_samples(int number, sample *s) {
    if (number >= 3) return false;
    ((ctc_attrs *)s->attrs)->blank = number == 2 ? 4 : 0;
    sample_real(s, MICA_SHAPE(3, 7, 5));
    sample_whole(s, MICA_SHAPE(3, 3), number == 2 ? 0 : 1, number == 2 ? 3 : 4, MICA_INT32);
    sample_whole(s, MICA_SHAPE(3), number ? 0 : 3, 3, MICA_INT32);
    sample_whole(s, MICA_SHAPE(3), number ? 6 : 7, 7, MICA_INT64);
    return true;
}

static const field ctc_loss_fields[] = {INTEGER(ctc_attrs, blank, .help = "class of the blank"),
                                        END_OF_FIELDS};

const op op_ctc_loss = {.name = "ctc_loss",
                        .inputs = 4,
                        .outputs = 3,
                        .traits = PURE | SAVES | ONCE,
                        .fields = ctc_loss_fields,
                        .attrs_size = sizeof(ctc_attrs),
                        .shape = ctc_loss_shape,
                        .gradient = ctc_loss_gradient,
                        .reference = ctc_loss_reference,
                        .samples = ctc_loss_samples,
                        .tolerance = ROUNDED};

mica_tensor *mica_ctc_loss(mica_tensor *labels, mica_tensor *logits, mica_tensor *label_lengths,
                           mica_tensor *logit_lengths, int64_t blank) {
    const ctc_attrs a = {blank};
    if (!logit_lengths) {
        mica_tensor *steps = mica_cast(mica_size(logits, MICA_AXES(1)), label_lengths->dtype);
        logit_lengths = mica_broadcast_like(steps, label_lengths);
    }
    mica_tensor *in[] = {logits, labels, label_lengths, logit_lengths}, *out[3];
    emit_many(context_of(logits), &op_ctc_loss, &a, 4, in, 3, out);
    return out[0];
}
