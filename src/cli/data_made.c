/* Tables that commands make: see data_made.h. */
#include "cli/data_made.h"
#include "cli/piped.h"

#include <string.h>

const char *json_text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
long long json_number_of(const json_t *object, const char *key) {
    return (long long)json_integer_value(json_object_get(object, key));
}

static mica_status put_block(table_sink *sink, mica_table *block, mica_error *err) {
    table_output *o = sink->state;
    mica_status status = MICA_OK;
    if (!o->open)
        status = csv_write_begin(&o->writer, o->path, table_separator(o->path), o->owner_only, err);
    o->open = o->open || status == MICA_OK;
    if (status == MICA_OK) status = csv_write_rows(&o->writer, block, err);
    mica_table_destroy(&block);
    return status;
}

table_sink *output_sink(table_output *o) {
    o->sink = (table_sink){o, put_block};
    return &o->sink;
}

mica_status output_end(table_output *o, mica_status status, mica_error *err) {
    if (!o->open) return status;
    o->open = false;
    return csv_write_end(&o->writer, status, err);
}

mica_status end_made(table_output *o, json_t *report, bool json, print_made *print,
                     mica_status status, mica_error *err) {
    status = output_end(o, status, err);
    if (status == MICA_OK) return tell_made(report, o->path, json, print);
    json_decref(report);
    return status;
}

mica_status tell_made(json_t *report, const char *output, bool json, print_made *print) {
    if (json) {
        json_object_set_new(report, "output", json_string(output));
        print_json(report);
        return MICA_OK;
    }
    print(report, output);
    json_decref(report);
    return MICA_OK;
}

mica_status of_input(mica_status status, const char *path, mica_error *err) {
    if (status == MICA_OK || status == MICA_IO || status == MICA_MEMORY) return status;
    if (is_piped(path)) path = PIPED, piped_table_name(err);
    return strstr(err->message, path) ? status : fail_within(err, status, "%s", path);
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
