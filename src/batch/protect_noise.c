/* noise: x + b with b of Laplace's distribution (scale, or sensitivity / epsilon) or of Gauss's
 * (scale its deviation). Whole numbers stay whole. The seed tells the noise: who has it can take it
 * away again. Source: Dwork et al., Calibrating Noise to Sensitivity (2006). */
#include "batch/protection.h"

#include "base/philox.h"

#include <stdlib.h>
#include <string.h>

typedef struct noise_options {
    const char *distribution;
    double scale, epsilon, sensitivity, low, high;
    int64_t decimals;
} noise_options;

static const char *const distributions[] = {"laplace", "gaussian", NULL};

#define OWNER noise_options
static const field noise_fields[] = {
    TEXT(OWNER, distribution, "laplace", .choices = distributions, .help = "of the noise"),
    REAL(OWNER, scale, NULLABLE, .initial = NAN, .help = "Laplace's scale, Gauss's deviation"),
    REAL(OWNER, epsilon, NULLABLE, .initial = NAN,
         .help = "laplace: scale is sensitivity / epsilon"),
    REAL(OWNER, sensitivity, NULLABLE, .initial = NAN, .help = "how far one person changes it"),
    REAL(OWNER, low, NULLABLE, .initial = NAN, .help = "smaller results become it"),
    REAL(OWNER, high, NULLABLE, .initial = NAN, .help = "greater results become it"),
    INTEGER(OWNER, decimals, NULLABLE, .max = 15, .help = "digits behind the point that stay"),
    END_OF_FIELDS};
#undef OWNER

static mica_status scale_of(const noise_options *o, const char *what, double *scale,
                            mica_error *err) {
    bool pair = o->epsilon == o->epsilon || o->sensitivity == o->sensitivity;
    *scale = pair ? o->sensitivity / o->epsilon : o->scale;
    if (pair && (o->scale == o->scale || strcmp(o->distribution, "laplace")))
        return fail(err, MICA_VALUE,
                    "%s: noise: epsilon and sensitivity stand for the scale of laplace, expected "
                    "these or scale",
                    what);
    if (*scale > 0 && *scale <= 1e300 && (!pair || o->epsilon > 0)) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: noise: expected a scale above 0, or epsilon and sensitivity above 0", what);
}

/* 53 bits in (0, 1). */
static double uniform(uint64_t key, uint64_t i) {
    philox4 r = philox(key, 0, i);
    uint64_t bits = ((uint64_t)r.v[0] << 32 | r.v[1]) >> 11;
    return ((double)bits + 0.5) * 0x1p-53;
}

static double draw(const noise_options *o, uint64_t key, int64_t i, double scale) {
    double u = uniform(key, 2 * (uint64_t)i);
    if (!strcmp(o->distribution, "gaussian")) /* Box and Muller */
        return scale * sqrt(-2 * log(u)) *
               cos(6.283185307179586 * uniform(key, 2 * (uint64_t)i + 1));
    u -= 0.5; /* the inverse of the distribution function */
    return (u < 0 ? scale : -scale) * log1p(-2 * fabs(u));
}

static double finished(const noise_options *o, double x, bool whole) {
    double power = o->decimals == NO_INTEGER ? 0 : pow(10, (double)o->decimals);
    if (whole) x = nearbyint(x);
    else if (power && fabs(x) < 1e15) x = nearbyint(x * power) / power;
    if (x < o->low) x = o->low;
    return x > o->high ? o->high : x;
}

static mica_status apply(const protecting *p, mica_table *t, int i, const void *options,
                         const char *what, int64_t *changed, mica_error *err) {
    const noise_options *o = options;
    table_column *c = &t->column[i];
    bool whole = c->type == MICA_COLUMN_INTEGER;
    double scale;
    char purpose[256];
    TRY(scale_of(o, what, &scale, err));
    if (c->type == MICA_COLUMN_MISSING) return MICA_OK;
    if (!whole && c->type != MICA_COLUMN_NUMBER)
        return fail(err, MICA_TYPE, "%s: noise: the column is %s, expected numbers", what,
                    mica_column_type_name(c->type));
    snprintf(purpose, sizeof purpose, "noise of %s", c->name);
    uint64_t key = philox_key(p->seed, purpose);
    for (int64_t row = 0; row < t->rows; row++) {
        if (cell_missing(c, row)) continue;
        double x = mica_table_number(t, i, row),
               made = finished(o, x + draw(o, key, p->first + row, scale), whole);
        *changed += made != x;
        if (!whole) ((double *)c->cells)[row] = made;
        else if (fabs(made) < 9.2e18) ((int64_t *)c->cells)[row] = (int64_t)made;
        else
            return fail(err, MICA_VALUE, "%s: noise: a result is no whole number of 64 bits", what);
    }
    return MICA_OK;
}

const protection protect_noise = {.name = "noise",
                                  .what = "random numbers are added",
                                  .fields = noise_fields,
                                  .options_size = sizeof(noise_options),
                                  .keeps_type = true,
                                  .apply = apply};
