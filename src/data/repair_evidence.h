/* What a column's cells say of its repair: counted cell by cell, then decided. */
#ifndef DATA_REPAIR_EVIDENCE_H
#define DATA_REPAIR_EVIDENCE_H

#include "base/config.h"
#include "mica/clean.h"

/* Why a column stays as it is although most of its cells could be repaired. */
typedef enum repair_reason {
    REPAIR_NOT, /* it is repaired, or hardly any cell could be */
    REPAIR_OTHERS,
    REPAIR_PERCENT,
    REPAIR_CURRENCY,
    REPAIR_DECIMAL,
    REPAIR_ORDER,
    REPAIR_ONE_VALUE
} repair_reason;

/* Counted by cells. Of both decimal signs and both orders. */
typedef struct evidence {
    int64_t there, numbers, dates, booleans;
    int64_t percents, plains; /* of the numbers; zero is both */
    int32_t currency;
    bool point, comma, day_first, month_first, open, truth[2], currencies;
    bool fraction[2], timed[2]; /* by '.' and ',': not all are whole; by 'd' and 'm' */
    /* the first row with a cell that is none of it, with and without %; -1: none */
    int64_t no_number, no_date, no_truth, a_percent, a_plain;
} evidence;

typedef struct repaired {
    mica_column_type type; /* of what the cells become; TEXT: they stay */
    char decimal, order;
    bool whole, timed, percent;
    repair_reason reason;
    mica_column_type nearly;    /* it would be that */
    int64_t repairable, others; /* cells that could be that, and that kept it from it */
    int64_t row;                /* the first of these, from 0; -1: there is none */
} repaired;

void evidence_begin(evidence *e);
/* `cells` cells with that text, the first in `row`. */
void evidence_add_text(evidence *e, const char *text, size_t length, int64_t cells, int64_t row);
/* A cell of a column of whole numbers. */
void evidence_add_whole(evidence *e, int64_t whole, int64_t row);
/* `whole`: of a column of whole numbers, which are dates or stay. */
repaired repair_decide(const mica_clean_options *o, const evidence *e, bool whole);

/* A text as r.type; false: it is given up. */
typedef union repaired_value {
    double number;
    int64_t date;
    int8_t truth;
} repaired_value;
bool repair_read(const repaired *r, const char *text, size_t length, repaired_value *v);

/* {"type", "cells", "others", "row" (from 1), "reason", "hint"}; null where nothing is to be said.
 */
json_t *repair_given_up(const repaired *r);

#endif
