/* What becomes of a column of texts: see repair_evidence.h. */
#include "data/repair_evidence.h"

#include "transform/repair.h"

#include <math.h>
#include <string.h>

void evidence_begin(evidence *e) {
    *e = (evidence){.no_number = -1, .no_date = -1, .no_truth = -1, .a_percent = -1, .a_plain = -1};
}

static void note_row(int64_t *first, int64_t row) {
    if (*first < 0 || row < *first) *first = row;
}

/* What its number would be by one of the signs, its date in one of the orders. */
static void look_both_ways(evidence *e, const char *text, size_t length, bool number, bool date) {
    static const char signs[] = ".,", orders[] = "dm";
    double value;
    int64_t at;
    for (int k = 0; k < 2; k++) {
        number_unit unit;
        bool timed = false;
        if (number && repair_number(text, length, signs[k], &value, &unit))
            e->fraction[k] |= value != nearbyint(value) || fabs(value) >= 0x1p53 || unit.percent ||
                              memchr(text, signs[k], length);
        if (date && repair_date(text, length, orders[k], &at, &timed)) e->timed[k] |= timed;
    }
}

static void look_at_unit(evidence *e, const char *text, size_t length, int decimal, int64_t cells,
                         int64_t row) {
    number_unit unit;
    double value = 0;
    if (!repair_number(text, length, decimal == ',' ? ',' : '.', &value, &unit)) return;
    if (unit.percent || value == 0) e->percents += cells;
    if (!unit.percent || value == 0) e->plains += cells;
    if (value != 0) note_row(unit.percent ? &e->a_percent : &e->a_plain, row);
    if (!unit.currency) return;
    e->currencies |= e->currency && e->currency != unit.currency;
    e->currency = unit.currency;
}

void evidence_add_text(evidence *e, const char *text, size_t length, int64_t cells, int64_t row) {
    int decimal = repair_decimal(text, length), order = repair_date_order(text, length),
        truth = repair_boolean(text, length);
    if (!cells) return;
    e->there += cells;
    if (decimal >= 0) {
        e->numbers += cells;
        look_at_unit(e, text, length, decimal, cells, row);
    } else note_row(&e->no_number, row);
    if (order >= 0) e->dates += cells;
    else note_row(&e->no_date, row);
    if (truth >= 0) e->booleans += cells, e->truth[truth] = true;
    else note_row(&e->no_truth, row);
    e->point |= decimal == '.', e->comma |= decimal == ',';
    e->day_first |= order == 'd', e->month_first |= order == 'm', e->open |= order == 0;
    look_both_ways(e, text, length, decimal >= 0, order >= 0);
}

void evidence_add_whole(evidence *e, int64_t whole, int64_t row) {
    int64_t at;
    e->there++;
    if (repair_whole_date(whole, &at)) e->dates++;
    else note_row(&e->no_date, row);
}

/* ---- the decision ---- */

/* 0: the cells contradict each other, or leave it open. */
static char order_of(const mica_clean_options *o, const evidence *e) {
    if (strcmp(o->date_order, "auto")) return o->date_order[0];
    if (e->day_first && e->month_first) return 0;
    return e->month_first ? 'm' : e->day_first || !e->open ? 'd' : 0;
}

static void keep(repaired *r, mica_column_type nearly, int64_t cells, int64_t others, int64_t row,
                 repair_reason reason) {
    r->nearly = nearly, r->repairable = cells, r->others = others, r->row = row;
    r->reason = reason;
}

static void decide_number(const mica_clean_options *o, const evidence *e, int64_t enough,
                          repaired *r) {
    bool given = strcmp(o->decimal, "auto");
    int64_t cells = e->percents > e->plains ? e->percents : e->plains;
    r->percent = e->percents > e->plains;
    r->decimal = given ? o->decimal[0] : e->comma ? ',' : '.';
    r->whole = !e->fraction[r->decimal == ','] && !r->percent;
    if (e->numbers < enough)
        keep(r, MICA_COLUMN_NUMBER, e->numbers, e->there - e->numbers, e->no_number, REPAIR_OTHERS);
    else if (!given && e->point && e->comma)
        keep(r, MICA_COLUMN_NUMBER, e->numbers, 0, -1, REPAIR_DECIMAL);
    else if (e->currencies) keep(r, MICA_COLUMN_NUMBER, e->numbers, 0, -1, REPAIR_CURRENCY);
    else if (cells < enough)
        keep(r, MICA_COLUMN_NUMBER, cells, e->there - cells, r->percent ? e->a_plain : e->a_percent,
             REPAIR_PERCENT);
    else r->type = MICA_COLUMN_NUMBER;
}

static void decide_date(const evidence *e, int64_t enough, repaired *r) {
    r->timed = e->timed[r->order == 'm'];
    if (e->dates < enough)
        keep(r, MICA_COLUMN_DATE, e->dates, e->there - e->dates, e->no_date, REPAIR_OTHERS);
    else if (!r->order) keep(r, MICA_COLUMN_DATE, e->dates, 0, -1, REPAIR_ORDER);
    else r->type = MICA_COLUMN_DATE;
}

static void decide_boolean(const evidence *e, int64_t enough, repaired *r) {
    if (e->booleans < enough)
        keep(r, MICA_COLUMN_BOOLEAN, e->booleans, e->there - e->booleans, e->no_truth,
             REPAIR_OTHERS);
    else if (!e->truth[0] || !e->truth[1])
        keep(r, MICA_COLUMN_BOOLEAN, e->booleans, 0, -1, REPAIR_ONE_VALUE);
    else r->type = MICA_COLUMN_BOOLEAN;
}

repaired repair_decide(const mica_clean_options *o, const evidence *e, bool whole) {
    bool some = !strcmp(o->unrepaired, "missing");
    repaired r = {.type = MICA_COLUMN_TEXT, .order = order_of(o, e), .row = -1};
    int64_t enough = some ? e->there / 2 + 1 : e->there;
    if (!e->there) return r;
    /* the kind that most cells are; of as many a date, which 20240305 is more than a number */
    if (e->dates * 2 > e->there && (whole || e->dates >= e->numbers)) decide_date(e, enough, &r);
    else if (e->numbers * 2 > e->there) decide_number(o, e, enough, &r);
    else if (e->booleans * 2 > e->there) decide_boolean(e, enough, &r);
    return r;
}

bool repair_read(const repaired *r, const char *text, size_t length, repaired_value *v) {
    bool timed;
    number_unit unit;
    if (r->type == MICA_COLUMN_BOOLEAN)
        return (v->truth = (int8_t)repair_boolean(text, length)) >= 0;
    if (r->type == MICA_COLUMN_DATE) return repair_date(text, length, r->order, &v->date, &timed);
    return repair_number(text, length, r->decimal, &v->number, &unit) &&
           (unit.percent == r->percent || v->number == 0);
}

/* ---- the report ---- */

static const char *const reasons[][2] = {
    [REPAIR_NOT] = {"", ""},
    [REPAIR_OTHERS] = {"others are something else", "--unrepaired missing"},
    [REPAIR_PERCENT] = {"some are percent, others plain numbers", "--unrepaired missing"},
    [REPAIR_CURRENCY] = {"they are of different currencies", ""},
    [REPAIR_DECIMAL] = {"some have a point before the fraction, others a comma", "--decimal"},
    [REPAIR_ORDER] = {"nothing tells whether the day or the month comes first", "--date-order"},
    [REPAIR_ONE_VALUE] = {"all are the same truth value", ""}};

json_t *repair_given_up(const repaired *r) {
    if (r->type != MICA_COLUMN_TEXT || r->reason == REPAIR_NOT) return json_null();
    bool most = r->repairable > r->others; /* --unrepaired missing asks for that */
    json_t *all = json_pack("{s:s, s:I, s:I, s:s, s:s}", "type", mica_column_type_name(r->nearly),
                            "cells", (json_int_t)r->repairable, "others", (json_int_t)r->others,
                            "reason", reasons[r->reason][0], "hint",
                            most ? reasons[r->reason][1] : "");
    json_object_set_new(all, "row", r->row >= 0 ? json_integer(r->row + 1) : json_null());
    return all;
}
