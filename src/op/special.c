/* Special functions: erfc, erfinv, lgamma, digamma, polygamma. x, y any shape, any float type.
 * Sources: C; scipy.special; erfinv's first guess: M. Giles, Approximating the erfinv function
 * (2012); polygamma: Abramowitz and Stegun, 6.3 and 6.4. */
#include "op/elementwise.h"

#define TWO_BY_ROOT_PI 1.12837916709551257390
#define ROOT_PI_BY_TWO 0.88622692545275801365
#define PI 3.14159265358979323846

#define FUNCTION(name_, call_, traits_, low, high, ...)                                            \
    static double name_##_scalar(const double *x, const void *attrs) { return call_(x[0]); }       \
    UNARY_GRADIENT(name_, __VA_ARGS__)                                                             \
    static bool name_##_samples(int number, sample *s) {                                           \
        return samples_unary(number, s, low, high);                                                \
    }                                                                                              \
    UNARY_OP(name_, .traits = PURE | ELEMENTWISE | (traits_), .shape = shape_of_float,             \
             .gradient = name_##_gradient, .samples = name_##_samples, .tolerance = ROUNDED)

/* The x with erf(x) = y: a guess, made exact by Newton's rule, on erfc where y is near 1. */
static double erf_inverse(double y) {
    double size = fabs(y);
    if (!(size < 1)) return size == 1 ? copysign(INFINITY, y) : NAN;
    double w = -log1p(-y * y), x;
    if (w < 5) {
        w -= 2.5;
        x = 1.50140941 + w * (0.246640727 + w * (-0.00417768164 + w * -0.00125372503));
    } else {
        w = sqrt(w) - 3;
        x = 2.83297682 + w * (1.00167406 + w * (0.00943887047 + w * -0.0076224613));
    }
    x *= size;
    for (int i = 0; i < 4; i++) {
        double error = size > 0.5 ? (1 - size) - erfc(x) : erf(x) - size;
        double step = error / (TWO_BY_ROOT_PI * exp(-x * x));
        x -= step / (1 + x * step); /* Halley's correction */
    }
    return copysign(x, y);
}

/* d erfc / dx = -2 / sqrt(pi) e^(-x^2). */
FUNCTION(erfc, erfc, 0, -2, 2,
         scaled(mica_multiply(dy, mica_exp(mica_negative(mica_square(x)))), -TWO_BY_ROOT_PI))
/* d erfinv / dx = sqrt(pi) / 2 e^(y^2). */
FUNCTION(erfinv, erf_inverse, ZERO_AT_ZERO, -0.9, 0.9,
         scaled(mica_multiply(dy, mica_exp(mica_square(y))), ROOT_PI_BY_TWO))

static double log_gamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}
/* lgamma: y = log |Gamma(x)|, dy / dx = digamma(x). */
FUNCTION(lgamma, log_gamma, 0, 0.4, 3, mica_multiply(dy, mica_digamma(x)))

/* Bernoulli numbers B_2, B_4 … B_16. */
static const double bernoulli[] = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                   5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510};

/* The derivative number 0 of log Gamma's: log x - 1 / (2 x) - sum of B_2k / (2k x^2k), for x moved
 * beyond 10. */
static double digamma_of(double x) {
    double below = 0;
    if (x == 0) return copysign(INFINITY, -x);
    if (x < 0 && x == floor(x)) return NAN;
    if (x < 0) return digamma_of(1 - x) - PI / tan(PI * (x - floor(x)));
    for (int step = 0; step < 10 && x < 10; step++) {
        below += 1 / x;
        x += 1;
    }
    double square = 1 / (x * x), power = square, sum = 0;
    for (int k = 0; k < (int)LENGTH(bernoulli); k++) {
        sum += bernoulli[k] * power / (2 * k + 2);
        power *= square;
    }
    return log(x) - 0.5 / x - sum - below;
}

typedef struct polygamma_attrs {
    int64_t n;
} polygamma_attrs;

/* (-1)^(n+1) n! times the sum over k of 1 / (x + k)^(n+1): the first terms, and Euler and
 * Maclaurin's formula for the rest. */
static double polygamma_of(int64_t n, double x) {
    double s = (double)n + 1, sum = 0, sign = n % 2 ? 1 : -1;
    if (!(x > -1e4)) return NAN; /* not summed */
    if (x <= 0 && x == floor(x)) return n % 2 ? INFINITY : NAN;
    while (x < 10 + s) sum += pow(x, -s), x += 1;
    double power = pow(x, -s), factor = s;
    sum += power * x / (s - 1) + power / 2;
    power /= x;
    for (int k = 0; k < (int)LENGTH(bernoulli); k++) { /* B_2k s (s+1) … / (2k)! x^(-s-2k+1) */
        double even = 2.0 * k + 2;
        if (k == 0) factor = s / 2;
        sum += bernoulli[k] * factor * power;
        factor *= (s + even - 1) * (s + even) / ((even + 1) * (even + 2));
        power /= x * x;
    }
    return sign * tgamma(s) * sum;
}

/* polygamma: y = the derivative number n of digamma.  n 0: any x; else x > -10000, NaN below. */
static double polygamma_scalar(const double *x, const void *attrs) {
    int64_t n = ((const polygamma_attrs *)attrs)->n;
    return n == 0 ? digamma_of(x[0]) : polygamma_of(n, x[0]);
}

static void polygamma_gradient(gradient_frame *g) {
    const polygamma_attrs next = {((const polygamma_attrs *)g->attrs)->n + 1};
    g->din[0] = mica_multiply(g->dout[0], EMIT(&op_polygamma, &next, g->in[0]));
}

static mica_status polygamma_shape(shape_frame *f) {
    int64_t n = ((const polygamma_attrs *)f->attrs)->n;
    if (n < 0 || n > 100)
        return fail(f->err, MICA_VALUE, "polygamma: n %lld, expected 0 to 100", (long long)n);
    return shape_of_float(f);
}

static bool polygamma_samples(int number, sample *s) {
    ((polygamma_attrs *)s->attrs)->n = number % 3;
    return samples_unary(number / 3, s, 0.7, 4);
}

static const field polygamma_fields[] = {
    INTEGER(polygamma_attrs, n, .help = "which derivative; 0: digamma"), END_OF_FIELDS};

const op op_polygamma = {.name = "polygamma",
                         .inputs = 1,
                         .outputs = 1,
                         .traits = PURE | ELEMENTWISE,
                         .fields = polygamma_fields,
                         .attrs_size = sizeof(polygamma_attrs),
                         .shape = polygamma_shape,
                         .gradient = polygamma_gradient,
                         .scalar = polygamma_scalar,
                         .samples = polygamma_samples,
                         .tolerance = ROUNDED};

mica_tensor *mica_polygamma(int64_t n, mica_tensor *x) {
    return EMIT(&op_polygamma, &(polygamma_attrs){n}, x);
}
mica_tensor *mica_digamma(mica_tensor *x) { return mica_polygamma(0, x); }
