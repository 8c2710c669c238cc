/* generalise: numbers become ranges ("20-29"), dates years, quarters or months, texts and codes
 * their first characters ("10***"). */
#include "batch/protection.h"
#include "transform/protect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct generalise_options {
    double width, origin, low, high;
    const char *unit;
    int64_t prefix, digits;
} generalise_options;

static const char *const units[] = DATE_UNITS;

#define OWNER generalise_options
static const field generalise_fields[] = {
    REAL(OWNER, width, NULLABLE, .initial = NAN, .help = "of the ranges of numbers"),
    REAL(OWNER, origin, .help = "where a range begins"),
    REAL(OWNER, low, NULLABLE, .initial = NAN, .help = "smaller numbers are one range"),
    REAL(OWNER, high, NULLABLE, .initial = NAN, .help = "numbers from here on are one range"),
    TEXT(OWNER, unit, NULL, NULLABLE, .choices = units, .help = "what stays of dates"),
    INTEGER(OWNER, prefix, NULLABLE, .min = 1, .max = 1e6, .help = "characters that stay"),
    INTEGER(OWNER, digits, .max = 32, .help = "numbers get zeros before them: postcodes"),
    END_OF_FIELDS};
#undef OWNER

/* One way alone, and that it fits the column. */
static mica_status check(const generalise_options *o, const table_column *c, const char *what,
                         mica_error *err) {
    bool range = o->width == o->width, prefix = o->prefix != NO_INTEGER;
    const char *type = mica_column_type_name(c->type);
    if (range + prefix + (o->unit != NULL) != 1)
        return fail(err, MICA_VALUE,
                    "%s: generalise: expected one of width (numbers), unit (dates), prefix", what);
    if (range && !(o->width > 0))
        return fail(err, MICA_VALUE, "%s: generalise: width is %g, expected above 0", what,
                    o->width);
    if (c->type == MICA_COLUMN_MISSING || prefix) return MICA_OK;
    if (range && c->type != MICA_COLUMN_INTEGER && c->type != MICA_COLUMN_NUMBER)
        return fail(err, MICA_TYPE, "%s: generalise by width: the column is %s, expected numbers",
                    what, type);
    if (o->unit && c->type != MICA_COLUMN_DATE)
        return fail(err, MICA_TYPE, "%s: generalise by unit: the column is %s, expected dates",
                    what, type);
    return MICA_OK;
}

static void range_of_number(const generalise_options *o, double x, bool whole, char out[64]) {
    char limit[32];
    if (x < o->low) format_real(limit, o->low), snprintf(out, 64, "<%s", limit);
    else if (x >= o->high) format_real(limit, o->high), snprintf(out, 64, ">=%s", limit);
    else range_text(x, o->width, o->origin, whole, out);
}

static date_unit unit_of(const char *name) {
    int i = 0;
    while (units[i] && strcmp(units[i], name)) i++;
    return (date_unit)i;
}

/* Numbers and dates: a text a cell. */
static mica_status apply_cells(mica_table *t, int i, const generalise_options *o, int64_t *changed,
                               mica_error *err) {
    const table_column *c = &t->column[i];
    text_maker texts = {0};
    int32_t *codes = column_room(MICA_COLUMN_TEXT, t->rows);
    char text[64];
    bool done = codes != NULL, whole = c->type == MICA_COLUMN_INTEGER; /* in every block */
    for (int64_t row = 0; row < t->rows && done; row++) {
        codes[row] = -1;
        if (cell_missing(c, row)) continue;
        if (o->unit) coarse_date(((int64_t *)c->cells)[row], unit_of(o->unit), text);
        else range_of_number(o, mica_table_number(t, i, row), whole, text);
        done = (codes[row] = text_maker_add(&texts, text, strlen(text))) >= 0;
        ++*changed;
    }
    if (done) done = column_set_texts(t, i, codes, &texts), codes = NULL;
    release_aligned(codes);
    text_maker_free(&texts);
    return done ? MICA_OK : fail_no_memory(err, "generalise");
}

static bool all_digits(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9') return false;
    return true;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static mica_status prefix_of(void *arg, const char *text, size_t length, strbuf *out,
                             mica_error *err) {
    const generalise_options *o = arg;
    char padded[64];
    if (o->digits) { /* 1067.0 among texts, " 1067": one postcode has one name */
        while (length && is_blank(text[0])) text++, length--;
        while (length && is_blank(text[length - 1])) length--;
        if (length > 2 && !memcmp(text + length - 2, ".0", 2) && all_digits(text, length - 2))
            length -= 2;
    }
    if ((int64_t)length < o->digits && all_digits(text, length)) {
        snprintf(padded, sizeof padded, "%0*d%.*s", (int)(o->digits - (int64_t)length), 0,
                 (int)length, text);
        text = padded, length = (size_t)o->digits;
    }
    char *kept = keep_prefix(text, length, (int)o->prefix);
    if (!kept) return fail_no_memory(err, "generalise");
    strbuf_put(out, kept, strlen(kept));
    free(kept);
    return MICA_OK;
}

static mica_status apply(const protecting *p, mica_table *t, int i, const void *options,
                         const char *what, int64_t *changed, mica_error *err) {
    const generalise_options *o = options;
    (void)p;
    TRY(check(o, &t->column[i], what, err));
    if (o->prefix != NO_INTEGER)
        return column_change_texts(t, i, prefix_of, (void *)o, changed, err);
    return apply_cells(t, i, o, changed, err);
}

const protection protect_generalise = {.name = "generalise",
                                       .what = "ranges, months, first characters",
                                       .fields = generalise_fields,
                                       .options_size = sizeof(generalise_options),
                                       .apply = apply};
