/* Texts of cells that are any bytes: what is a number or a date by one function is one by the
 * other, and folding twice changes nothing more. */
#include "transform/fold_text.h"
#include "transform/repair.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fold(const char *text, size_t size) {
    const folding f = {.trim = true, .spaces = true, .width = true, .letters = CASE_LOWER};
    strbuf once = {0}, twice = {0};
    fold_text(&f, text, size, &once);
    fold_text(&f, once.data ? once.data : "", once.length, &twice);
    if (!once.failed && !twice.failed &&
        (once.length != twice.length ||
         (once.length && memcmp(once.data, twice.data, once.length))))
        abort();
    strbuf_free(&once);
    strbuf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size ? size : 1); /* of that size alone: a sanitizer sees a byte too many */
    double number;
    int64_t date;
    number_unit unit;
    bool flag;
    if (!text) return 0;
    if (size) memcpy(text, data, size);
    int decimal = repair_decimal(text, size), order = repair_date_order(text, size);
    bool point = repair_number(text, size, '.', &number, &unit),
         comma = repair_number(text, size, ',', &number, &unit);
    if ((decimal == '.' && (!point || comma)) || (decimal == ',' && (point || !comma)) ||
        (decimal == 0 && !(point && comma)) || (decimal < 0 && (point || comma)))
        abort();
    if ((order == 'd' || order == '-') && !repair_date(text, size, 'd', &date, &flag)) abort();
    if ((order < 0) &&
        (repair_date(text, size, 'd', &date, &flag) || repair_date(text, size, 'm', &date, &flag)))
        abort();
    repair_boolean(text, size);
    fold(text, size);
    free(text);
    return 0;
}
