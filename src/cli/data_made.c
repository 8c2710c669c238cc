/* Tables that commands make: see data_made.h. */
#include "cli/data_made.h"

#include <string.h>

const char *json_text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
long long json_number_of(const json_t *object, const char *key) {
    return (long long)json_integer_value(json_object_get(object, key));
}

mica_status write_made(mica_table *made, const char *output, bool owner_only, bool json,
                       print_made *print, mica_error *err) {
    json_t *report = NULL;
    const char *said = mica_table_report(made);
    mica_status status = owner_only ? mica_table_write_private(made, output, err)
                                    : mica_table_write(made, output, err);
    if (status == MICA_OK) status = config_parse(said, strlen(said), "report", &report, err);
    if (status == MICA_OK && json) {
        json_object_set_new(report, "output", json_string(output));
        print_json(json_incref(report));
    } else if (status == MICA_OK) {
        print(report, output);
    }
    json_decref(report);
    mica_table_destroy(&made);
    return status;
}

static mica_status add_text(mica_texts *out, const char *option, const char *text,
                            mica_error *err) {
    if (out->count == (int)LENGTH(out->values))
        return fail(err, MICA_VALUE, "%s: more than %zu, expected at most as many", option,
                    LENGTH(out->values));
    out->values[out->count++] = text;
    return MICA_OK;
}

mica_status texts_of(const option_texts *from, const char *option, mica_texts *out,
                     mica_error *err) {
    *out = (mica_texts){0};
    for (int i = 0; i < from->count; i++) TRY(add_text(out, option, from->at[i], err));
    return MICA_OK;
}

mica_status split_texts_of(const option_texts *from, const char *option, arena *memory,
                           mica_texts *out, mica_error *err) {
    *out = (mica_texts){0};
    for (int i = 0; i < from->count; i++) {
        char *at = arena_text(memory, from->at[i]), *comma;
        if (!at) return fail_no_memory(err, option);
        for (; (comma = strchr(at, ',')); at = comma + 1) {
            *comma = 0;
            TRY(add_text(out, option, at, err));
        }
        TRY(add_text(out, option, at, err));
    }
    return MICA_OK;
}

bool wrong_output(const command *c, const char *output) {
    if (!output) wrong_usage(c, "expected --output OUT.csv");
    else if (!is_table_output(output))
        wrong_usage(c, "--output %s: expected a name that ends in .csv or .tsv", output);
    return !output || !is_table_output(output);
}
