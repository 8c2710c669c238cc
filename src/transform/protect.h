/* Making values say less: keyed pseudonyms, masks, coarser values; and how many rows look alike
 * afterwards. */
#ifndef TRANSFORM_PROTECT_H
#define TRANSFORM_PROTECT_H

#include "transform/codes.h"

#include <stdbool.h>

/* A value's pseudonym: the first `letters` (1 … 64) hexadecimal letters of the HMAC of domain, a
 * zero byte and the value. Equal values of one domain (a column's name, or one that several columns
 * share) have equal pseudonyms; without the key none can be told. */
void pseudonym(const void *key, size_t key_size, const char *domain, const char *value, size_t size,
               int letters, char out[65]);

/* UTF-8 text with all but the first and last characters replaced by *; where these would be the
 * whole text, all are. Letters and digits alone are replaced where `shape` is set, so that
 * "4111-…" stays a number in groups. malloc'ed; NULL without memory. */
char *mask_text(const char *text, size_t size, int first, int last, bool shape);
/* The first `kept` characters, * for the others: postcodes. malloc'ed; NULL without memory. */
char *keep_prefix(const char *text, size_t size, int kept);
/* The range of width `width` that x lies in, from `origin` on: low <= x < low + width. */
double range_low(double x, double width, double origin);
/* "20-29" for whole numbers and widths, "[1.5, 2)" for others; "" for NaN. */
void range_text(double x, double width, double origin, char out[64]);

typedef enum date_unit { UNIT_YEAR, UNIT_QUARTER, UNIT_MONTH } date_unit;
#define DATE_UNITS                                                                                 \
    { "year", "quarter", "month", NULL }
/* "2024", "2024-Q1", "2024-03" of microseconds since 1970; "" for INT64_MIN. */
void coarse_date(int64_t microseconds, date_unit unit, char out[32]);

/* ---- how many look alike ---- */

/* A column of codes; -1, missing, is a value like any other. */
typedef struct code_column {
    const int32_t *at;
    int64_t stride;
} code_column;

typedef struct anonymity {
    int64_t k;       /* rows of the smallest group of rows that are alike; 0: there are no rows */
    int64_t groups;  /* distinct combinations */
    int64_t exposed; /* rows in groups of fewer than `wanted` */
    int64_t l;       /* fewest distinct sensitive values in a group; 0: none was asked for */
} anonymity;
/* Over the columns that together could name a person. sensitive may be NULL. exposed_rows (may be
 * NULL) marks those rows. Source: Sweeney, k-Anonymity (2002); Machanavajjhala et al.,
 * l-Diversity (2006), the distinct one. */
mica_status anonymity_of(const code_column *columns, int count, int64_t rows,
                         const code_column *sensitive, int64_t wanted, anonymity *out,
                         bool *exposed_rows, mica_error *err);

#endif
