/* mica key list: what keys there are; not the keys. */
#include "cli/cli.h"
#include "cli/table.h"

#include "base/strbuf.h"
#include "serve/keys.h"

typedef struct list_options {
    common_options common;
    const char *keys;
} list_options;

#define O list_options
static const option options[] = {
    TEXT_OPTION(O, keys, "keys", "FILE", "the file of keys"),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static const char *state(const api_key *k) {
    return k->revoked ? "revoked" : k->expires && k->expires <= time(NULL) ? "expired" : "valid";
}

static void date(time_t t, char out[16]) {
    struct tm utc;
    snprintf(out, 16, "-");
    if (t && gmtime_r(&t, &utc)) strftime(out, 16, "%Y-%m-%d", &utc);
}

static void add_list(table *t, strbuf *text) {
    table_add(t, "%s", text->data ? text->data : "");
    strbuf_free(text);
}

static void add_key(table *t, const api_key *k) {
    char created[16], expires[16];
    strbuf roles = {0}, models = {0};
    date(k->created, created), date(k->expires, expires);
    for (int i = ACTION_PREDICT; i <= ACTION_ADMIN; i++)
        if (k->roles >> i & 1) strbuf_add(&roles, "%s%s", roles.length ? ", " : "", role_names[i]);
    for (size_t i = 0; k->models[i]; i++) strbuf_add(&models, "%s%s", i ? ", " : "", k->models[i]);
    table_add(t, "%s", k->id), table_add(t, "%s", k->name), table_add(t, "%s", state(k));
    table_add(t, "%s", created), table_add(t, "%s", expires);
    add_list(t, &roles), add_list(t, &models);
    if (k->rate > 0) table_add(t, "%g", k->rate);
    else table_add(t, "-");
}

static json_t *key_json(const api_key *k) {
    json_t *roles = json_array(), *models = json_array();
    for (int i = ACTION_PREDICT; i <= ACTION_ADMIN; i++)
        if (k->roles >> i & 1) json_array_append_new(roles, json_string(role_names[i]));
    for (size_t i = 0; k->models[i]; i++) json_array_append_new(models, json_string(k->models[i]));
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:f}", "id", k->id, "name", k->name,
                     "state", state(k), "roles", roles, "models", models, "created",
                     (json_int_t)k->created, "expires", (json_int_t)k->expires, "rate", k->rate);
}

static mica_status list(const list_options *o, mica_error *err) {
    static const char *const titles[] = {"id",      "name",  "state",  "created",
                                         "expires", "roles", "models", "per second"};
    key_list keys;
    if (!o->keys) return fail(err, MICA_VALUE, "--keys FILE says where keys are kept");
    TRY(keys_load(o->keys, &keys, err));
    json_t *all = json_array();
    table t = {.columns = LENGTH(titles), .right = "lllllllr"};
    for (size_t i = 0; i < LENGTH(titles); i++) table_add(&t, "%s", titles[i]);
    for (size_t i = 0; i < keys.count; i++) {
        json_array_append_new(all, key_json(&keys.at[i]));
        add_key(&t, &keys.at[i]);
    }
    table_print(&t, o->common.json ? NULL : stdout);
    if (o->common.json) print_json(json_pack("{s:O}", "keys", all));
    json_decref(all);
    keys_free(&keys);
    return MICA_OK;
}

static int run(void *raw) {
    const list_options *o = raw;
    mica_error err = {0};
    return list(o, &err) == MICA_OK ? EXIT_DONE : report(&o->common, &err);
}

const command command_key_list = {
    "key list", "", "the keys' names, roles and states", options, sizeof(list_options), 0, 0, run};
