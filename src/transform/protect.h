/* Making values say less: keyed pseudonyms, masks, coarser values; and how many rows look alike
 * afterwards. */
#ifndef TRANSFORM_PROTECT_H
#define TRANSFORM_PROTECT_H

#include "base/error.h"
#include "base/numbering.h"

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
/* Its name: "20-29" where all numbers of x's column are whole (`whole`), and width and origin too,
 * "[1.5, 2)" else; "" for NaN. It is told by the column, not by x: a range has one name. */
void range_text(double x, double width, double origin, bool whole, char out[64]);

typedef enum date_unit { UNIT_YEAR, UNIT_QUARTER, UNIT_MONTH } date_unit;
#define DATE_UNITS                                                                                 \
    { "year", "quarter", "month", NULL }
/* "2024", "2024-Q1", "2024-03" of microseconds since 1970; "" for INT64_MIN. */
void coarse_date(int64_t microseconds, date_unit unit, char out[32]);

/* ---- how many look alike ---- */

typedef struct anonymity {
    int64_t k;       /* rows of the smallest group of rows that are alike; 0: there are no rows */
    int64_t groups;  /* distinct combinations */
    int64_t exposed; /* rows in groups of fewer than `wanted` */
    int64_t l;       /* fewest distinct sensitive values in a group; 0: none was asked for */
} anonymity;

/* Rows as they come, put into groups by columns of numbers: what is held grows with the groups, not
 * with the rows. */
typedef struct likeness {
    int columns, sensitive; /* how many of each */
    numbering *joined;      /* of each column: a group so far and a number */
    numbering *pairs;       /* of each sensitive column: a group and a number */
    int64_t **values;       /* of each sensitive column: different ones in each group */
    int64_t *rows_of;       /* of each group */
    size_t room, *values_room;
    uint32_t groups;
    int64_t *again; /* of each group: rows that came again; NULL: none did */
    bool **met;     /* of each sensitive column: the pairs that came again */
} likeness;

mica_status likeness_open(likeness *k, int columns, int sensitive, mica_error *err);
/* columns[c][i], sensitive[s][i] is row i's number there. */
mica_status likeness_add(likeness *k, const uint32_t *const *columns,
                         const uint32_t *const *sensitive, int64_t rows, mica_error *err);
/* The same rows once more, in any order: group becomes each row's group. IO where a row is none of
 * those that were added: its group, or its sensitive value there, was not measured. */
mica_status likeness_again(likeness *k, const uint32_t *const *columns,
                           const uint32_t *const *sensitive, int64_t rows, uint32_t *group,
                           mica_error *err);
/* Whether all rows that were added came again, and no others. */
bool likeness_complete(const likeness *k);
/* Of the groups of `least` rows or more. The least l of all sensitive columns. Source: Sweeney,
 * k-Anonymity (2002); Machanavajjhala et al., l-Diversity (2006), the distinct one. */
anonymity likeness_measure(const likeness *k, int64_t wanted, int64_t least);
void likeness_close(likeness *k);

#endif
