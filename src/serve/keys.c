/* See keys.h. */
#include "serve/keys.h"

#include "base/file.h"
#include "base/sha256.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

const char *const role_names[] = {"", "predict", "metrics", "admin", NULL};

bool role_of_name(const char *name, unsigned *roles) {
    for (unsigned i = 1; role_names[i]; i++) {
        if (strcmp(name, role_names[i])) continue;
        *roles |= i == ACTION_ADMIN
                      ? 1u << ACTION_PREDICT | 1u << ACTION_METRICS | 1u << ACTION_ADMIN
                      : 1u << i;
        return true;
    }
    return false;
}

bool models_hold_name(const char *const *names, const char *model) {
    for (size_t i = 0; names && names[i]; i++)
        if (!model || !strcmp(names[i], "*") || !strcmp(names[i], model)) return true;
    return false;
}

bool secrets_equal(const void *a, const void *b, size_t size) {
    const unsigned char *x = a, *y = b;
    unsigned differs = 0;
    for (size_t i = 0; i < size; i++) differs |= (unsigned)(x[i] ^ y[i]);
    return !differs;
}

/* ---- reading ---- */

static mica_status wrong(const char *path, size_t number, const char *key, const char *expected,
                         const json_t *found, mica_error *err) {
    char shown[CONFIG_SHOWN];
    return fail(err, MICA_FORMAT, "%s: keys[%zu].%s is %s, expected %s", path, number, key,
                found ? config_show(found, shown) : "missing", expected);
}

static bool read_digest(const char *text, unsigned char digest[32]) {
    if (!text || strlen(text) != 64) return false;
    for (size_t i = 0; i < 32; i++) {
        const int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        digest[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

static bool read_time(const json_t *value, time_t *out) {
    if (value && !json_is_null(value) &&
        (!json_is_integer(value) || json_integer_value(value) <= 0))
        return false;
    *out = (time_t)json_integer_value(value);
    return true;
}

static const char *const *read_names(key_list *keys, const json_t *list) {
    const size_t count = json_array_size(list);
    const char **names = arena_take(&keys->texts, (count + 1) * sizeof *names);
    for (size_t i = 0; names && i < count; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!name || !(names[i] = arena_text(&keys->texts, name))) return NULL;
    }
    return names;
}

static mica_status read_key(key_list *keys, size_t number, const json_t *tree, const char *path,
                            mica_error *err) {
    api_key *k = &keys->at[keys->count];
    const json_t *id = json_object_get(tree, "id"), *name = json_object_get(tree, "name"),
                 *digest = json_object_get(tree, "sha256"), *roles = json_object_get(tree, "roles"),
                 *names = json_object_get(tree, "models"), *rate = json_object_get(tree, "rate"),
                 *expires = json_object_get(tree, "expires"),
                 *revoked = json_object_get(tree, "revoked");
    *k = (api_key){.rate = json_number_value(rate)};
    if (!json_is_string(id)) return wrong(path, number, "id", "a text", id, err);
    if (!json_is_string(name)) return wrong(path, number, "name", "a text", name, err);
    if (!read_digest(json_string_value(digest), k->digest))
        return wrong(path, number, "sha256", "64 hexadecimal letters", NULL, err);
    for (size_t i = 0; i < json_array_size(roles); i++) {
        const char *role = json_string_value(json_array_get(roles, i));
        if (!role || !role_of_name(role, &k->roles))
            return wrong(path, number, "roles", "a list of predict, metrics, admin", roles, err);
    }
    if (!k->roles)
        return wrong(path, number, "roles", "a list of predict, metrics, admin", roles, err);
    if (!json_array_size(names) || !(k->models = read_names(keys, names)))
        return wrong(path, number, "models", "a list of names, or [\"*\"]", names, err);
    if (rate && !json_is_null(rate) && (!json_is_number(rate) || k->rate < 0))
        return wrong(path, number, "rate", "a number of requests a second", rate, err);
    if (!read_time(expires, &k->expires))
        return wrong(path, number, "expires", "seconds since 1970", expires, err);
    if (!read_time(revoked, &k->revoked))
        return wrong(path, number, "revoked", "seconds since 1970", revoked, err);
    read_time(json_object_get(tree, "created"), &k->created);
    k->id = arena_text(&keys->texts, json_string_value(id));
    k->name = arena_text(&keys->texts, json_string_value(name));
    if (!k->id || !k->name) return fail_no_memory(err, path);
    keys->count++;
    return MICA_OK;
}

mica_status keys_load(const char *path, key_list *out, mica_error *err) {
    json_t *tree;
    *out = (key_list){0};
    TRY(config_load(path, &tree, err));
    const json_t *list = json_object_get(tree, "keys");
    mica_status status = MICA_OK;
    if (json_integer_value(json_object_get(tree, "version")) != 1 || !json_is_array(list))
        status = fail(err, MICA_FORMAT, "%s: this is no file of keys (version 1)", path);
    for (size_t i = 0; i < json_array_size(list) && status == MICA_OK; i++) {
        if (!grow(&out->at, &out->room, out->count + 1, sizeof *out->at))
            status = fail_no_memory(err, path);
        else status = read_key(out, i, json_array_get(list, i), path, err);
    }
    json_decref(tree);
    if (status != MICA_OK) keys_free(out);
    return status;
}

void keys_free(key_list *keys) {
    arena_free(&keys->texts);
    free(keys->at);
    *keys = (key_list){0};
}

/* ---- writing ---- */

static void write_hex(const unsigned char digest[32], char text[65]) {
    for (int i = 0; i < 32; i++) snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static json_t *time_or_null(time_t t) { return t ? json_integer((json_int_t)t) : json_null(); }

static json_t *key_tree(const api_key *k) {
    char digest[65];
    json_t *roles = json_array(), *names = json_array();
    write_hex(k->digest, digest);
    for (int i = ACTION_PREDICT; i <= ACTION_ADMIN; i++)
        if (k->roles >> i & 1) json_array_append_new(roles, json_string(role_names[i]));
    for (size_t i = 0; k->models[i]; i++) json_array_append_new(names, json_string(k->models[i]));
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:f}", "id", k->id, "name", k->name,
                     "sha256", digest, "roles", roles, "models", names, "created",
                     time_or_null(k->created), "expires", time_or_null(k->expires), "revoked",
                     time_or_null(k->revoked), "rate", k->rate);
}

mica_status keys_save(const char *path, const key_list *keys, mica_error *err) {
    json_t *list = json_array();
    file_writer w;
    for (size_t i = 0; i < keys->count; i++) json_array_append_new(list, key_tree(&keys->at[i]));
    json_t *tree = json_pack("{s:i, s:o}", "version", 1, "keys", list);
    char *text = tree ? config_text_indented(tree) : NULL;
    mica_status status = text ? file_begin_private(&w, path, err) : fail_no_memory(err, path);
    if (status == MICA_OK) {
        status = file_write(&w, text, strlen(text), err);
        if (status == MICA_OK) status = file_commit(&w, err);
    }
    free(text);
    json_decref(tree);
    return status;
}

static mica_status random_bytes(void *out, size_t count, mica_error *err) {
    return getrandom(out, count, 0) == (ssize_t)count
               ? MICA_OK
               : fail(err, MICA_IO, "the system gives no random bytes");
}

mica_status keys_make(key_list *keys, const api_key *wish, char text[KEY_TEXT], mica_error *err) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char secret[33], id[6];
    char id_text[KEY_ID];
    sha256 h;
    TRY(random_bytes(secret, 32, err));
    TRY(random_bytes(id, sizeof id, err));
    secret[32] = 0;
    memcpy(text, "mica_", 5);
    for (size_t i = 0; i < 43; i++) { /* base64 for URLs: six bits a letter */
        const size_t bit = i * 6, byte = bit / 8;
        const unsigned two = (unsigned)secret[byte] << 8 | secret[byte + 1 < 33 ? byte + 1 : 32];
        text[5 + i] = letters[two >> (10 - bit % 8) & 63];
    }
    text[48] = 0;
    snprintf(id_text, sizeof id_text, "k%02x%02x%02x%02x%02x%02x", id[0], id[1], id[2], id[3],
             id[4], id[5]);
    if (!grow(&keys->at, &keys->room, keys->count + 1, sizeof *keys->at))
        return fail_no_memory(err, "a key");
    api_key *k = &keys->at[keys->count];
    *k = *wish;
    sha256_begin(&h);
    sha256_add(&h, text, strlen(text));
    sha256_end(&h, k->digest);
    k->created = time(NULL);
    if (!(k->id = arena_text(&keys->texts, id_text)) ||
        !(k->name = arena_text(&keys->texts, wish->name)))
        return fail_no_memory(err, "a key");
    keys->count++;
    explicit_bzero(secret, sizeof secret);
    return MICA_OK;
}
