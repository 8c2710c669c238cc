/* Parts of dates as columns of their own: see tabular.h. */
#include "data/tabular.h"
#include "transform/encode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const part_names[] = {
    [DATE_YEAR] = "year",       [DATE_QUARTER] = "quarter", [DATE_MONTH] = "month",
    [DATE_WEEK] = "week",       [DATE_DAY] = "day",         [DATE_DAY_OF_YEAR] = "day_of_year",
    [DATE_WEEKDAY] = "weekday", [DATE_HOUR] = "hour",       [DATE_MINUTE] = "minute",
    [DATE_SECOND] = "second"};

bool tabular_part_of(const char *name, size_t *length, int *part) {
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; i < LENGTH(part_names) && dot; i++) {
        if (strcmp(dot + 1, part_names[i])) continue;
        *length = (size_t)(dot - name);
        *part = (int)i;
        return true;
    }
    return false;
}

mica_status tabular_part(const mica_table *t, const json_t *how, row_list rows, double *out,
                         const char *name, mica_error *err) {
    const char *column = json_string_value(json_object_get(how, "name"));
    size_t length;
    int part, at;
    if (!tabular_part_of(column, &length, &part))
        return fail(err, MICA_FORMAT, "%s: fitted has a date_part '%s', expected NAME.PART", name,
                    column);
    char *of = strndup(column, length);
    mica_status status = of ? tabular_find_trained(t, of, name, &at, err)
                            : fail_no_memory(err, name);
    free(of);
    TRY(status);
    const table_column *c = &t->column[at];
    if (c->type == MICA_COLUMN_MISSING) {
        for (int64_t i = 0; i < rows.count; i++) out[i] = NAN;
        return MICA_OK;
    }
    if (c->type != MICA_COLUMN_DATE)
        return tabular_wrong_cell(
            &(wanted_column){t, at, WANTED_DATES, name, "column", "as in the training part"}, err);
    const int64_t *dates = c->cells;
    for (int64_t i = 0; i < rows.count; i++)
        date_parts((date_part)part, dates + rows.row[i], 1, 1, out + i, 1);
    return MICA_OK;
}
