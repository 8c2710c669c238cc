/* Muon: for matrices m = momentum m + g; the step is n, or with Nesterov g + momentum m, made
 * nearly orthogonal: x = n / (|n| + 1e-7), then ns_steps times A = x x^T, x = a x + (b A + c A A)
 * x; p -= lr rms_rate sqrt(greater extent) x. Other parameters, those named "embedding", and those
 * whose names hold a part of exclude_layers, are AdamW's, with lr adam_lr_ratio. Source:
 * keras.optimizers.Muon; Jordan et al. (2024). */
#include "optim/adam.h"

#include <ctype.h>
#include <string.h>

#define OWNER mica_muon_options

static const field muon_fields[] = {
    OPTIMIZER_FIELDS_DECAY(OWNER, "muon", 0.001, 0.004),
    SHARE(OWNER, adam_beta_1, 0.9, "of AdamW's mean"),
    SHARE(OWNER, adam_beta_2, 0.999, "of AdamW's square"),
    LIMIT(OWNER, adam_weight_decay, 0.004, "of AdamW's parameters"),
    FACTOR(OWNER, epsilon, 1e-7, "of AdamW's divisor"),
    TEXTS(OWNER, exclude_layers, .help = "parts of names that AdamW takes"),
    NEGATED(OWNER, include_embeddings, "exclude_embeddings", .help = "AdamW takes embeddings"),
    REAL(OWNER, muon_a, DEFAULT(3.4445), .help = "a"),
    REAL(OWNER, muon_b, DEFAULT(-4.775), .help = "b"),
    REAL(OWNER, muon_c, DEFAULT(2.0315), .help = "c"),
    FACTOR(OWNER, adam_lr_ratio, 1, "AdamW's rate by Muon's"),
    SHARE(OWNER, momentum, 0.95, "share of the last step"),
    INTEGER(OWNER, ns_steps, DEFAULT(5), .min = 0, .max = 100, .help = "of orthogonalization"),
    NEGATED(OWNER, plain, "nesterov", .help = "looks ahead"),
    LIMIT(OWNER, rms_rate, 0.2, "size of a step; null: as it comes"),
    END_OF_FIELDS};

static bool holds_embedding(const char *name) {
    for (; *name; name++)
        if (!strncasecmp(name, "embedding", 9)) return true;
    return false;
}

static bool is_adams(const OWNER *o, const mica_tensor *parameter) {
    const char *name = parameter->variable->name;
    if (parameter->shape.rank != 2) return true;
    if (!o->include_embeddings && holds_embedding(name)) return true;
    for (int i = 0; i < o->exclude_layers.count; i++)
        if (strstr(name, o->exclude_layers.values[i])) return true;
    return false;
}

/* AdamW's square, () where Muon needs none. */
static void slot_shape(const void *options, const mica_tensor *parameter, int slot, shape *out) {
    if (slot == 1 && !is_adams(options, parameter)) *out = MICA_SCALAR;
}

static double decay(const void *options, const mica_tensor *parameter) {
    const OWNER *o = options;
    return is_adams(o, parameter) ? o->adam_weight_decay : o->weight_decay;
}

static void prepare(step_frame *f) {
    const OWNER *o = f->options;
    f->scalar[0] = times(corrected_rate(f, o->adam_beta_1, o->adam_beta_2), o->adam_lr_ratio);
}

/* x (M, N) with M <= N: its singular values come near 1 */
static mica_tensor *orthogonalized(const OWNER *o, mica_tensor *x) {
    mica_tensor *norm = mica_sqrt(mica_sum(mica_square(x), MICA_ALL_AXES, false));
    x = mica_divide(x, plus(norm, 1e-7));
    for (int64_t i = 0; i < o->ns_steps; i++) {
        mica_tensor *a = mica_matmul_t(x, x, false, true);
        mica_tensor *b = mica_add(times(a, o->muon_b), times(mica_matmul(a, a), o->muon_c));
        x = mica_add(times(x, o->muon_a), mica_matmul(b, x));
    }
    return x;
}

static void step(step_frame *f) {
    const OWNER *o = f->options;
    if (f->slot[1]->shape.rank || !f->parameter->shape.rank) {
        adam_move(f, o->adam_beta_1, o->adam_beta_2, o->epsilon);
        return;
    }
    const int64_t *dims = f->parameter->shape.dims;
    bool tall = dims[0] > dims[1];
    mica_tensor *m = f->new_slot[0] = mica_add(times(f->slot[0], o->momentum), f->gradient);
    mica_tensor *x = o->plain ? m : mica_add(times(m, o->momentum), f->gradient);
    x = orthogonalized(o, tall ? mica_transpose(x, MICA_AXES(1, 0)) : x);
    if (tall) x = mica_transpose(x, MICA_AXES(1, 0));
    mica_tensor *rate = f->learning_rate;
    if (o->rms_rate == o->rms_rate)
        rate = times(rate, o->rms_rate * sqrt((double)(tall ? dims[0] : dims[1])));
    f->new_parameter = mica_subtract(f->parameter, mica_multiply(x, rate));
}

const optimizer_kind optimizer_muon = {
    .name = "muon",
    .class_name = "Muon",
    .fields = muon_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"momentum", "velocity"},
    .slot_shape = slot_shape,
    .decay = decay,
    .prepare = prepare,
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(muon)
