/* mica data anonymize: a table by a policy of de-identification, or, with --find, what in it looks
 * personal. Nothing that is printed holds a cell, and nothing is written unless the policy's k and
 * l are reached. */
#include "batch/anonymize.h"
#include "cli/data_made.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

typedef struct anonymize_options {
    common_options common;
    const char *policy, *output, *key;
    bool find;
    double certainty;
    table_reading reading;
} anonymize_options;

#define O anonymize_options
static const option options[] = {
    TEXT_OPTION(O, policy, "policy", "POLICY.json", "what is done with each column"),
    TEXT_OPTION(O, output, "output", "OUT.csv", "the table that is written, .csv or .tsv"),
    TEXT_OPTION(O, key, "key", "FILE", "the key of pseudonyms (mode 0600), not the policy's"),
    FLAG(O, find, "find", "nothing is written: which columns look personal, and how many cells"),
    REAL_OPTION(O, certainty, "certainty", "X", 0.01, 1,
                "of what is reported as found: the least (default 0.6)"),
    TABLE_OPTIONS(O, reading),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

extern const command command_data_anonymize;

/* ---- for people ---- */

static void add_kinds(table *t, const json_t *column) {
    const char *kind;
    json_t *count;
    json_object_foreach(json_object_get(column, "kinds"), kind, count) {
        table_add(t, "%s", json_text_of(column, "column"));
        table_add(t, "%s", kind);
        table_add(t, "%lld", json_number_of(count, "cells"));
        table_add(t, "%.1f %%",
                  100.0 * (double)json_number_of(count, "cells") /
                      (double)json_number_of(column, "there"));
        table_add(t, "%lld", json_number_of(count, "finds"));
        table_add(t, "%lld", json_number_of(count, "whole"));
    }
}

/* Columns that look personal, and what was found where. */
static void print_found(const json_t *columns) {
    static const char *const heads[] = {"column", "found", "cells", "share", "finds", "whole"};
    table t = {.columns = LENGTH(heads), .right = "llrrrr"};
    size_t i;
    json_t *c;
    for (size_t k = 0; k < LENGTH(heads); k++) table_add(&t, "%s", heads[k]);
    json_array_foreach((json_t *)columns, i, c) add_kinds(&t, c);
    if (t.count > LENGTH(heads)) table_print(&t, stdout);
    else table_print(&t, NULL);
    json_array_foreach((json_t *)columns, i, c) {
        bool named = json_is_true(json_object_get(c, "by_name"));
        if (!*json_text_of(c, "likely") && !named) continue;
        printf("%s: likely personal (%s%s%s)\n", json_text_of(c, "column"),
               json_text_of(c, "likely"), named && *json_text_of(c, "likely") ? ", " : "",
               named ? "by its name" : "");
    }
}

static void print_likeness(const json_t *report, const char *key) {
    const json_t *a = json_object_get(report, key), *l = json_object_get(a, "l");
    if (!a) return;
    printf("%s: k-anonymity %lld, %lld groups", key, json_number_of(a, "k"),
           json_number_of(a, "groups"));
    if (json_is_integer(l)) printf(", l-diversity %lld", json_number_of(a, "l"));
    printf("\n");
}

static void print_report(const json_t *report, const char *output) {
    table t = {.columns = 3, .right = "llr"};
    size_t i;
    json_t *c;
    const json_t *unprotected = json_object_get(report, "unprotected");
    printf("%s: %lld rows of %lld", output, json_number_of(report, "rows_written"),
           json_number_of(report, "rows"));
    if (json_number_of(report, "suppressed"))
        printf(", %lld left out to reach k", json_number_of(report, "suppressed"));
    printf("\n");
    table_add(&t, "%s", "column"), table_add(&t, "%s", "protection"), table_add(&t, "%s", "cells");
    json_array_foreach(json_object_get(report, "columns"), i, c) {
        table_add(&t, "%s", json_text_of(c, "column"));
        table_add(&t, "%s", json_text_of(c, "protection"));
        table_add(&t, "%lld", json_number_of(c, "changed"));
    }
    table_print(&t, stdout);
    json_array_foreach(json_object_get(report, "columns"), i,
                       c) if (json_number_of(c, "names_of_row") > 0)
        printf("%s: names of their row were found in %lld cells\n", json_text_of(c, "column"),
               json_number_of(c, "names_of_row"));
    print_likeness(report, "before");
    print_likeness(report, "after");
    if (json_array_size(unprotected)) {
        printf("\nnot named by the policy, and written as they are:\n");
        print_found(unprotected);
    }
}

/* ---- */

/* What a reader of JSON quotes of a broken line is cut off. */
static void hide_cells(mica_error *err) {
    char *near = strstr(err->message, " near '");
    if (near && err->code == MICA_FORMAT) *near = 0;
}

static mica_status find(const anonymize_options *o, mica_context *ctx, table_blocks *in,
                        mica_error *err) {
    json_t *report;
    TRY(find_personal_in_blocks(ctx, in, real_given(o->certainty) ? o->certainty : 0, &report,
                                err));
    if (o->common.json) print_json(json_incref(report));
    else if (json_array_size(json_object_get(report, "columns")))
        print_found(json_object_get(report, "columns"));
    else printf("nothing found in %lld rows\n", (long long)in->rows);
    json_decref(report);
    return MICA_OK;
}

static mica_status write_table(const anonymize_options *o, mica_context *ctx, table_blocks *in,
                               const json_t *policy, mica_error *err) {
    table_output out = {.path = o->output, .owner_only = true};
    json_t *report = NULL;
    char *text = config_text(policy);
    if (!text) return fail_no_memory(err, o->policy);
    mica_status status = anonymize_blocks(
        ctx, in, text,
        MICA_OPTIONS(anonymize, .key_file = o->key, .name = o->policy,
                     .certainty = real_given(o->certainty) ? o->certainty : 0),
        output_sink(&out), &report, err);
    free(text);
    return end_made(&out, report, o->common.json, print_report, status, err);
}

static mica_status anonymize(const anonymize_options *o, mica_context *ctx, mica_error *err) {
    table_blocks in = {0};
    json_t *policy = NULL;
    mica_status status = o->find ? MICA_OK : config_load(o->policy, &policy, err);
    if (status == MICA_OK) {
        status = open_blocks(&o->common, ctx, o->common.argument[0], &o->reading, &in, err);
        if (status != MICA_OK) hide_cells(err);
    }
    if (status == MICA_OK)
        status = o->find ? find(o, ctx, &in, err) : write_table(o, ctx, &in, policy, err);
    json_decref(policy);
    blocks_close(&in);
    return status;
}

static int run(void *data) {
    const anonymize_options *o = data;
    mica_error err = {0};
    if (o->find == (o->policy || o->output))
        return wrong_usage(&command_data_anonymize,
                           o->find
                               ? "--find writes nothing: no --policy, no --output"
                               : "expected --policy POLICY.json and --output OUT.csv, or --find");
    if (!o->find && !(o->policy && o->output))
        return wrong_usage(&command_data_anonymize, "expected both --policy and --output");
    if (!o->find && wrong_output(&command_data_anonymize, o->output)) return EXIT_USAGE;
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    return finish(ctx, &o->common, anonymize(o, ctx, &err), &err);
}

const command command_data_anonymize = {
    "data anonymize",
    "FILE --policy POLICY.json --output OUT.csv",
    "a table de-identified by a policy, or what in it looks personal",
    options,
    sizeof(anonymize_options),
    1,
    1,
    run,
    "A policy says of columns: drop, mask, pseudonym, generalise, noise, redact, keep; and how "
    "many\n"
    "rows must be alike (k) in its quasi_identifiers: docs/tables.md. The output is readable by\n"
    "its owner alone (mode 0600), unless it replaces a file that others may read.\n"};
