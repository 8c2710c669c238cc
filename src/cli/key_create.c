/* mica key create: a new key, shown once. */
#include "cli/cli.h"

#include "base/file.h"
#include "base/lock.h"
#include "serve/keys.h"

#include <stdlib.h>
#include <string.h>

typedef struct create_options {
    common_options common;
    const char *keys, *expires;
    option_texts role, model;
    double rate;
} create_options;

#define O create_options
static const option options[] = {
    TEXT_OPTION(O, keys, "keys", "FILE", "the file of keys; made where it is not there"),
    TEXTS_OPTION(O, role, "role", "ROLE", "predict, metrics or admin, which may do all"),
    TEXTS_OPTION(O, model, "model", "NAME", "a model it is for (default: all)"),
    TEXT_OPTION(O, expires, "expires", "WHEN", "30d, 12h, or a date such as 2030-01-31 (UTC)"),
    REAL_OPTION(O, rate, "rate", "N", 0, 1e9, "requests a second that it may send (default: any)"),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

/* "30d", "12h", "2030-01-31". */
static mica_status read_when(const char *text, time_t *out, mica_error *err) {
    struct tm day = {0};
    char *end;
    *out = 0;
    if (!text) return MICA_OK;
    const long count = strtol(text, &end, 10);
    const bool days = !strcmp(end, "d"), hours = !strcmp(end, "h");
    if ((days || hours) && count > 0 && count < 100000) {
        *out = time(NULL) + count * (days ? 86400 : 3600);
        return MICA_OK;
    }
    end = strptime(text, "%Y-%m-%d", &day);
    if (end && !*end && (*out = timegm(&day)) > time(NULL)) return MICA_OK;
    return fail(err, MICA_VALUE,
                "--expires %s: expected days (30d), hours (12h) or a date to come (2030-01-31)",
                text);
}

static mica_status read_wish(const create_options *o, const char **models, api_key *wish,
                             mica_error *err) {
    *wish = (api_key){.name = o->common.argument[0], .models = models};
    if (real_given(o->rate)) wish->rate = o->rate;
    for (int i = 0; i < o->role.count; i++)
        if (!role_of_name(o->role.at[i], &wish->roles))
            return fail(err, MICA_VALUE, "--role %s: expected predict, metrics or admin",
                        o->role.at[i]);
    if (!wish->roles)
        return fail(err, MICA_VALUE, "--role says what the key is for: predict, metrics or admin");
    for (int i = 0; i < o->model.count; i++) models[i] = o->model.at[i];
    if (!o->model.count) models[0] = "*";
    return read_when(o->expires, &wish->expires, err);
}

static mica_status create(mica_context *ctx, const create_options *o, mica_error *err) {
    const char *models[MOST_TEXTS + 1] = {0};
    char text[KEY_TEXT];
    key_list keys = {0};
    api_key wish;
    if (!o->keys) return fail(err, MICA_VALUE, "--keys FILE says where keys are kept");
    TRY(read_wish(o, models, &wish, err));
    TRY(lock_take(ctx, o->keys, err));
    if (file_exists(o->keys)) TRY(keys_load(o->keys, &keys, err));
    mica_status status = keys_make(&keys, &wish, text, err);
    if (status == MICA_OK) status = keys_save(o->keys, &keys, err);
    if (status == MICA_OK && o->common.json)
        print_json(json_pack("{s:s, s:s}", "id", keys.at[keys.count - 1].id, "key", text));
    else if (status == MICA_OK) {
        printf("%s\n", text);
        say(&o->common, "key %s, shown this once", keys.at[keys.count - 1].id);
    }
    explicit_bzero(text, sizeof text);
    keys_free(&keys);
    lock_give(ctx, o->keys);
    return status;
}

static int run(void *raw) {
    const create_options *o = raw;
    mica_context *ctx = open_context(&o->common, 0);
    mica_error err = {0};
    return finish(ctx, &o->common, create(ctx, o, &err), &err);
}

const command command_key_create = {
    "key create",
    "NAME",
    "make a key and show it, once",
    options,
    sizeof(create_options),
    1,
    1,
    run,
    "The file keeps the key's SHA-256 alone: what is shown cannot be shown again.\n"};
