/* Joins of a recipe: see join_list.h. An entry has the options of mica_join_options, of one parser
 * with mica_table_join, and those of reading the other table. */
#include "data/join_list.h"

#include "base/context.h"
#include "data/join_tables.h"

#include <stdlib.h>
#include <string.h>

typedef struct join_entry {
    mica_join_options how;
    const char *with, *format, *separator, *encoding, *query, *table, *password_file;
    bool no_header;
    mica_texts text_columns;
} join_entry;

#define OWNER join_entry
static const field table_fields[] = {
    TEXT(OWNER, with, NULL, REQUIRED, .help = "the other table"),
    TEXT(OWNER, format, NULL, NULLABLE, .help = "csv, jsonl"),
    TEXT(OWNER, separator, NULL, NULLABLE, .help = "one character, or tab"),
    TEXT(OWNER, encoding, NULL, NULLABLE, .help = "utf-8, utf-16, gb18030 or what iconv knows"),
    TEXT(OWNER, query, NULL, NULLABLE, .help = "of a database: SQL that gives rows"),
    TEXT(OWNER, table, NULL, NULLABLE, .help = "of a database: all of this table"),
    TEXT(OWNER, password_file, NULL, NULLABLE,
         .help = "host:port:database:user:password, mode 0600"),
    BOOLEAN(OWNER, no_header, .help = "the first row are cells, not names"),
    TEXTS(OWNER, text_columns, .help = "columns whose cells are texts, whatever they look like"),
    END_OF_FIELDS,
};
#undef OWNER

static mica_status read_entry(const json_t *entry, const char *what, arena *memory, join_entry *out,
                              mica_error *err) {
    field all[LENGTH(table_fields) + 16];
    size_t n = 0;
    for (const field *f = table_fields; f->name; f++) all[n++] = *f;
    for (const field *f = join_fields; f->name; f++, n++) {
        all[n] = *f;
        all[n].offset += offsetof(join_entry, how);
    }
    all[n] = (field)END_OF_FIELDS;
    *out = (join_entry){.how = mica_join_defaults()};
    json_t *own = json_copy((json_t *)entry);
    static const char *const keys[] = {"on", "left_on", "right_on"};
    for (size_t i = 0; i < LENGTH(keys); i++) { /* one column needs no list */
        json_t *key = json_object_get(own, keys[i]);
        if (json_is_string(key)) json_object_set_new(own, keys[i], json_pack("[O]", key));
    }
    mica_status status = own ? fields_read(all, out, own, memory, NULL, what, err)
                             : fail_no_memory(err, what);
    json_decref(own);
    return status;
}

mica_status join_list_read(const char *text, json_t **out, mica_error *err) {
    char shown[CONFIG_SHOWN];
    *out = NULL;
    if (!text) return MICA_OK;
    json_t *list = json_loads(text, JSON_DECODE_ANY, NULL);
    if (json_is_object(list)) list = json_pack("[o]", list);
    if (json_is_array(list)) return *out = list, MICA_OK;
    if (!list) list = json_string(text);
    mica_status status = fail(
        err, MICA_TYPE,
        "join is %s, expected a list of objects like {\"with\": \"customers.csv\", \"on\": "
        "\"customer\"}",
        config_show(list, shown));
    json_decref(list);
    return status;
}

/* ---- whether it is to be joined ---- */

static bool has_column(const mica_table *t, const char *name) {
    size_t length;
    int part;
    if (!name || mica_table_find(t, name) >= 0) return true;
    if (!tabular_part_of(name, &length, &part)) return false;
    for (int i = 0; i < t->count; i++)
        if (strlen(t->column[i].name) == length && !strncmp(t->column[i].name, name, length))
            return true;
    return false;
}

/* Rows to be predicted need the columns that the model is told; others all that the joins brought,
 * for a join may also leave rows out. `missing` (may be NULL) gets the names that are not there. */
static bool has_all(const mica_table *t, const json_t *table, bool predicting, strbuf *missing) {
    const json_t *list = json_object_get(table, predicting ? "columns" : "joined"), *one;
    bool all = json_array_size(list) > 0;
    size_t i;
    json_array_foreach(list, i, one) {
        const char *name = json_is_string(one) ? json_string_value(one)
                                               : json_string_value(json_object_get(one, "name"));
        if (has_column(t, name)) continue;
        if (missing) strbuf_add(missing, "%s%s", missing->length ? ", " : "", name);
        all = false;
    }
    return all;
}

/* ---- joining ---- */

/* Every row that is to be predicted is answered once, at its place. */
static void answer_each(join_entry *e) {
    e->how.how = "left";
    e->how.validate = "many_to_one";
}

static void tell(const join_list_request *r, const join_entry *e, const mica_table *made) {
    const char *text = mica_table_report(made);
    json_t *report = text ? json_loads(text, 0, NULL) : NULL;
    const long long lone = (long long)json_integer_value(json_object_get(report, "left_only")),
                    rows = (long long)json_integer_value(json_object_get(report, "left_rows"));
    const bool stay = !strcmp(e->how.how, "left") || !strcmp(e->how.how, "outer");
    if (lone && (!r->o->fitted || r->o->predicting)) /* once of a training */
        context_log(r->ctx, MICA_LOG_WARNING,
                    "%s: %lld of %lld rows have no partner in %s: they %s", r->name, lone, rows,
                    e->with, stay ? "have missing cells there" : "are left out");
    json_decref(report);
}

static mica_status join_one(const join_list_request *r, const join_entry *e, const mica_table *t,
                            mica_table **out, mica_error *err) {
    mica_table *other = NULL;
    mica_status status = mica_table_read(
        r->ctx, e->with,
        MICA_OPTIONS(table, .format = e->format, .separator = e->separator, .encoding = e->encoding,
                     .no_header = e->no_header, .query = e->query, .table = e->table,
                     .password_file = e->password_file, .text_columns = e->text_columns),
        &other, err);
    if (status == MICA_OK) status = mica_table_join(r->ctx, t, other, &e->how, out, err);
    mica_table_destroy(&other);
    if (status == MICA_OK) tell(r, e, *out);
    return status;
}

static mica_status join_each(const join_list_request *r, const json_t *list, const mica_table *t,
                             mica_table **out, mica_error *err) {
    arena memory = {0};
    mica_status status = MICA_OK;
    const json_t *entry;
    size_t i;
    *out = NULL;
    json_array_foreach(list, i, entry) {
        join_entry e;
        char what[64];
        mica_table *made = NULL;
        snprintf(what, sizeof what, "join[%zu]", i);
        status = read_entry(entry, what, &memory, &e, err);
        if (status == MICA_OK && r->o->predicting) answer_each(&e);
        if (status == MICA_OK) {
            status = join_one(r, &e, *out ? *out : t, &made, err);
            if (status != MICA_OK) fail_within(err, status, "%s with %s", what, e.with);
        }
        if (status != MICA_OK) break;
        mica_table_destroy(out);
        *out = made;
    }
    arena_free(&memory);
    if (status != MICA_OK) mica_table_destroy(out);
    return status;
}

/* Why rows cannot be predicted: what they lack, and that it could not be joined. */
static mica_status fail_lacking(const mica_table *t, const json_t *table, mica_status status,
                                mica_error *err) {
    strbuf missing = {0};
    has_all(t, table, true, &missing);
    if (missing.length)
        fail_within(err, status,
                    "the table lacks %s, and what the recipe joined cannot be joined again",
                    missing.data);
    strbuf_free(&missing);
    return status;
}

mica_status join_list(const join_list_request *r, const mica_table *t, mica_table **out,
                      mica_error *err) {
    json_t *list = NULL, *fitted = NULL;
    *out = NULL;
    mica_status status = join_list_read(r->o->join, &list, err);
    if (status != MICA_OK) return fail_within(err, status, "%s", r->name);
    if (!json_array_size(list)) return json_decref(list), MICA_OK;
    if (r->o->fitted)
        status = config_parse(r->o->fitted, strlen(r->o->fitted), "fitted", &fitted, err);
    const json_t *table = json_object_get(fitted, "table");
    if (status == MICA_OK && !has_all(t, table, r->o->predicting, NULL)) {
        status = join_each(r, list, t, out, err);
        if (status != MICA_OK && r->o->predicting) status = fail_lacking(t, table, status, err);
        if (status != MICA_OK) fail_within(err, status, "%s", r->name);
    }
    json_decref(fitted);
    json_decref(list);
    return status;
}

json_t *join_list_names(const mica_table *before, const mica_table *joined) {
    json_t *names = json_array();
    for (int i = 0; i < joined->count; i++)
        if (mica_table_find(before, joined->column[i].name) < 0)
            json_array_append_new(names, json_string(joined->column[i].name));
    return names;
}
