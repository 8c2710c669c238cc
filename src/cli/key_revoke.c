/* mica key revoke: a key that is refused from now on. */
#include "cli/cli.h"

#include "base/lock.h"
#include "serve/keys.h"

#include <string.h>

typedef struct revoke_options {
    common_options common;
    const char *keys;
} revoke_options;

#define O revoke_options
static const option options[] = {
    TEXT_OPTION(O, keys, "keys", "FILE", "the file of keys"),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static mica_status revoke_in(key_list *keys, const revoke_options *o, mica_error *err) {
    const char *wanted = o->common.argument[0];
    int count = 0;
    for (size_t i = 0; i < keys->count; i++) {
        api_key *k = &keys->at[i];
        if (strcmp(k->id, wanted) && strcmp(k->name, wanted)) continue;
        if (!k->revoked) k->revoked = time(NULL);
        count++;
    }
    if (!count)
        return fail(err, MICA_NAME, "%s: no key has the id or name \"%s\"", o->keys, wanted);
    TRY(keys_save(o->keys, keys, err));
    say(&o->common, "%d key%s revoked; a server that runs sees it within a second", count,
        count == 1 ? "" : "s");
    return MICA_OK;
}

static mica_status revoke(mica_context *ctx, const revoke_options *o, mica_error *err) {
    key_list keys;
    if (!o->keys) return fail(err, MICA_VALUE, "--keys FILE says where keys are kept");
    TRY(lock_take(ctx, o->keys, err));
    mica_status status = keys_load(o->keys, &keys, err);
    if (status == MICA_OK) {
        status = revoke_in(&keys, o, err);
        keys_free(&keys);
    }
    lock_give(ctx, o->keys);
    return status;
}

static int run(void *raw) {
    const revoke_options *o = raw;
    mica_context *ctx = open_context(&o->common, 0);
    mica_error err = {0};
    return finish(ctx, &o->common, revoke(ctx, o, &err), &err);
}

const command command_key_revoke = {
    "key revoke", "ID|NAME", "refuse a key from now on", options, sizeof(revoke_options), 1, 1,
    run};
