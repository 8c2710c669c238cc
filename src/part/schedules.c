/* The schedules of keras.optimizers.schedules; s is the number of steps made so far, r the initial
 * rate. ExponentialDecay        r rate^(s / steps) InverseTimeDecay        r / (1 + rate s / steps)
 *   PolynomialDecay         (r - end) (1 - min(s, steps) / steps)^power + end
 *   PiecewiseConstantDecay  values[i] while s <= boundaries[i]
 *   CosineDecay             r ((1 - alpha) (1 + cos(pi min(s, steps) / steps)) / 2 + alpha), after
 * a linear rise to warmup_target in warmup_steps CosineDecayRestarts     the same in cycles, each
 * t_mul as long and m_mul as high as the last one */
#include "mica/math.h"
#include "op/emit.h"
#include "part/schedule.h"

typedef struct decay_options {
    const char *name;
    double initial_learning_rate, decay_steps, decay_rate, end_learning_rate, power, alpha;
    double warmup_target, warmup_steps, t_mul, m_mul;
    bool staircase, cycle;
} decay_options;

#define D decay_options
#define NAME TEXT(D, name, NULL, .flags = FIELD_NULLABLE | FIELD_HIDDEN, .help = "unused")
#define INITIAL REAL(D, initial_learning_rate, REQUIRED, .help = "at the start")
#define STEPS                                                                                      \
    REAL(D, decay_steps, .flags = FIELD_REQUIRED | FIELD_POSITIVE, .help = "how long it takes")

static mica_tensor *plus(mica_tensor *x, double y) { return mica_add(x, scalar_like(x, y)); }
static mica_tensor *times(mica_tensor *x, double y) { return mica_multiply(x, scalar_like(x, y)); }

/* s / steps, whole with a staircase */
static mica_tensor *progress(const D *o, mica_tensor *s) {
    mica_tensor *p = mica_divide(s, scalar_like(s, o->decay_steps));
    return o->staircase ? mica_floor(p) : p;
}

static mica_tensor *exponential_decay(const void *options, mica_tensor *s) {
    const D *o = options;
    return times(mica_power(scalar_like(s, o->decay_rate), progress(o, s)),
                 o->initial_learning_rate);
}

static mica_tensor *inverse_time_decay(const void *options, mica_tensor *s) {
    const D *o = options;
    mica_tensor *divisor = plus(times(progress(o, s), o->decay_rate), 1);
    return mica_divide(scalar_like(s, o->initial_learning_rate), divisor);
}

static const field decay_fields[] = {INITIAL,
                                     STEPS,
                                     REAL(D, decay_rate, REQUIRED, .help = "factor"),
                                     BOOLEAN(D, staircase, .help = "only at whole multiples"),
                                     NAME,
                                     END_OF_FIELDS};

const schedule_kind schedule_exponential_decay = {.name = "exponential_decay",
                                                  .class_name = "ExponentialDecay",
                                                  .fields = decay_fields,
                                                  .options_size = sizeof(D),
                                                  .call = exponential_decay};
const schedule_kind schedule_inverse_time_decay = {.name = "inverse_time_decay",
                                                   .class_name = "InverseTimeDecay",
                                                   .fields = decay_fields,
                                                   .options_size = sizeof(D),
                                                   .call = inverse_time_decay};

static mica_tensor *polynomial_decay(const void *options, mica_tensor *s) {
    const D *o = options;
    mica_tensor *steps = scalar_like(s, o->decay_steps);
    if (o->cycle) { /* as many times longer as are needed */
        mica_tensor *cycles = mica_maximum(mica_ceil(mica_divide(s, steps)), scalar_like(s, 1));
        steps = mica_multiply(steps, cycles);
    } else {
        s = mica_minimum(s, steps);
    }
    mica_tensor *left = plus(mica_negative(mica_divide(s, steps)), 1);
    if (o->power != 1) left = mica_power(left, scalar_like(left, o->power));
    return plus(times(left, o->initial_learning_rate - o->end_learning_rate), o->end_learning_rate);
}

static const field polynomial_fields[] = {
    INITIAL,
    STEPS,
    REAL(D, end_learning_rate, DEFAULT(0.0001), .help = "at the end"),
    REAL(D, power, DEFAULT(1), .help = "of what is left"),
    BOOLEAN(D, cycle, .help = "goes on beyond the steps"),
    NAME,
    END_OF_FIELDS};

const schedule_kind schedule_polynomial_decay = {.name = "polynomial_decay",
                                                 .class_name = "PolynomialDecay",
                                                 .fields = polynomial_fields,
                                                 .options_size = sizeof(D),
                                                 .call = polynomial_decay};

/* (1 - alpha) (1 + cos(pi p)) / 2 + alpha */
static mica_tensor *cosine(mica_tensor *p, double alpha) {
    mica_tensor *half = times(plus(mica_cos(times(p, 3.141592653589793)), 1), 0.5);
    return plus(times(half, 1 - alpha), alpha);
}

static mica_tensor *cosine_decay(const void *options, mica_tensor *s) {
    const D *o = options;
    bool warm = o->warmup_target == o->warmup_target;
    double top = warm ? o->warmup_target : o->initial_learning_rate,
           delay = warm ? o->warmup_steps : 0;
    mica_tensor *zero = scalar_like(s, 0), *steps = scalar_like(s, o->decay_steps);
    mica_tensor *after = mica_minimum(mica_maximum(plus(s, -delay), zero), steps);
    mica_tensor *rate = times(cosine(mica_divide(after, steps), o->alpha), top);
    if (delay == 0) return rate;
    double slope = (top - o->initial_learning_rate) / delay;
    mica_tensor *rising = mica_less(s, scalar_like(s, delay));
    return mica_where(rising, plus(times(s, slope), o->initial_learning_rate), rate);
}

static const field cosine_fields[] = {
    INITIAL,
    STEPS,
    REAL(D, alpha, DEFAULT(0), .help = "share of the rate at the end"),
    REAL(D, warmup_target, DEFAULT(NAN), NULLABLE, .help = "null: no warm-up"),
    REAL(D, warmup_steps, DEFAULT(0), .min = 0, .max = INFINITY, .help = "before the decay"),
    NAME,
    END_OF_FIELDS};

const schedule_kind schedule_cosine_decay = {.name = "cosine_decay",
                                             .class_name = "CosineDecay",
                                             .fields = cosine_fields,
                                             .options_size = sizeof(D),
                                             .call = cosine_decay};

static mica_tensor *cosine_decay_restarts(const void *options, mica_tensor *s) {
    const D *o = options;
    mica_tensor *p = mica_divide(s, scalar_like(s, o->decay_steps)), *cycle;
    if (o->t_mul == 1) {
        cycle = mica_floor(p);
        p = mica_subtract(p, cycle);
    } else { /* cycle i begins at (1 - t^i) / (1 - t) and is t^i long */
        double t = o->t_mul;
        mica_tensor *log_t = mica_log(scalar_like(s, t)); /* as float32: p = 1 is cycle 1 */
        cycle = mica_floor(mica_divide(mica_log(plus(times(p, t - 1), 1)), log_t));
        mica_tensor *length = mica_power(scalar_like(s, t), cycle);
        mica_tensor *begin = times(plus(mica_negative(length), 1), 1 / (1 - t));
        p = mica_divide(mica_subtract(p, begin), length);
    }
    mica_tensor *half = times(plus(mica_cos(times(p, 3.141592653589793)), 1), 0.5);
    half = mica_multiply(half, mica_power(scalar_like(s, o->m_mul), cycle));
    return times(plus(times(half, 1 - o->alpha), o->alpha), o->initial_learning_rate);
}

static const field restarts_fields[] = {
    INITIAL,
    {.name = "first_decay_steps",
     .type = FIELD_REAL,
     .offset = offsetof(D, decay_steps),
     .count = 1,
     .flags = FIELD_REQUIRED | FIELD_POSITIVE,
     .help = "of the first cycle"},
    REAL(D, t_mul, DEFAULT(2), .flags = FIELD_POSITIVE,
         .help = "length of a cycle by the last one"),
    REAL(D, m_mul, DEFAULT(1), .help = "rate of a cycle by the last one"),
    REAL(D, alpha, DEFAULT(0), .help = "share of the rate at the end"),
    NAME,
    END_OF_FIELDS};

const schedule_kind schedule_cosine_decay_restarts = {.name = "cosine_decay_restarts",
                                                      .class_name = "CosineDecayRestarts",
                                                      .fields = restarts_fields,
                                                      .options_size = sizeof(D),
                                                      .call = cosine_decay_restarts};

typedef struct piecewise_options {
    mica_reals boundaries, values;
    const char *name;
} piecewise_options;

static mica_status check_piecewise(const void *options, const char *what, mica_error *err) {
    const piecewise_options *o = options;
    if (o->boundaries.count > 0 && o->values.count == o->boundaries.count + 1) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: PiecewiseConstantDecay has %d values, expected one more than the "
                "%d boundaries",
                what, o->values.count, o->boundaries.count);
}

static mica_tensor *piecewise_constant_decay(const void *options, mica_tensor *s) {
    const piecewise_options *o = options;
    mica_tensor *rate = scalar_like(s, o->values.values[o->boundaries.count]);
    for (int i = o->boundaries.count - 1; i >= 0; i--) {
        mica_tensor *until = mica_less_equal(s, scalar_like(s, o->boundaries.values[i]));
        rate = mica_where(until, scalar_like(s, o->values.values[i]), rate);
    }
    return rate;
}

static const field piecewise_fields[] = {
    NUMBERS(piecewise_options, boundaries, REQUIRED, .help = "last steps of each value"),
    NUMBERS(piecewise_options, values, REQUIRED, .help = "one more than boundaries"),
    TEXT(piecewise_options, name, NULL, .flags = FIELD_NULLABLE | FIELD_HIDDEN, .help = "unused"),
    END_OF_FIELDS};

const schedule_kind schedule_piecewise_constant_decay = {.name = "piecewise_constant_decay",
                                                         .class_name = "PiecewiseConstantDecay",
                                                         .fields = piecewise_fields,
                                                         .options_size = sizeof(piecewise_options),
                                                         .call = piecewise_constant_decay,
                                                         .check = check_piecewise};
