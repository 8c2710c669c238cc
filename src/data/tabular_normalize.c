/* A table's texts in one of Unicode's normal forms, before categories are found or looked up: see
 * tabular.h. */
#include "data/tabular.h"
#include "table/edit.h"
#include "transform/normal_form.h"

static mica_status put(void *arg, const char *text, size_t length, strbuf *out, mica_error *err) {
    normal_form_put(*(normal_form *)arg, text, length, out);
    return out->failed ? fail_no_memory(err, "normalize") : MICA_OK;
}

mica_status tabular_normalize(const mica_table *t, const char *form, const char *name,
                              mica_table **out, mica_error *err) {
    normal_form how = normal_form_by_name(form);
    mica_status status = normal_form_supported(how, name, err);
    int64_t changed = 0;
    *out = NULL;
    if (how == FORM_NONE || status != MICA_OK) return status;
    TRY(table_pick(t, NULL, 0, NULL, 0, out, err));
    for (int i = 0; i < t->count && status == MICA_OK; i++)
        if (is_text(t->column[i].type))
            status = column_change_texts(*out, i, put, &how, &changed, err);
    if (status != MICA_OK) mica_table_destroy(out);
    return status;
}
