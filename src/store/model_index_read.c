/* Reading an index: see model_index.h. Nothing in it is taken on trust: a file that was edited by
 * hand, or is hostile, is refused with its place. */
#include "base/config.h"
#include "store/model_index.h"

#include <string.h>

typedef struct reader {
    const char *name;
    model_index *x;
    mica_error *err;
} reader;

static mica_status wrong(const reader *r, const char *list, size_t number, const char *key,
                         const char *expected, const json_t *found) {
    char shown[CONFIG_SHOWN];
    return fail(r->err, MICA_FORMAT, "%s: %s[%zu].%s is %s, expected %s", r->name, list, number,
                key, found ? config_show(found, shown) : "missing", expected);
}

/* A text that is there, or (not `wanted`) "" where none is. NULL: without memory. */
static mica_status read_text(const reader *r, const char *list, size_t number, const json_t *tree,
                             const char *key, bool wanted, const char **out) {
    const json_t *value = json_object_get(tree, key);
    *out = "";
    if (!value && !wanted) return MICA_OK;
    if (!json_is_string(value)) return wrong(r, list, number, key, "a text", value);
    *out = arena_text(&r->x->texts, json_string_value(value));
    return *out ? MICA_OK : fail_no_memory(r->err, r->name);
}

static bool read_number(const json_t *value, int64_t least, int64_t *out) {
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= least && *out <= GREATEST_VERSION;
}

static mica_status read_flag(const reader *r, size_t number, const json_t *tree, const char *key,
                             bool *out) {
    const json_t *value = json_object_get(tree, key);
    *out = json_is_true(value);
    return !value || json_is_boolean(value)
               ? MICA_OK
               : wrong(r, "versions", number, key, "true or false", value);
}

static bool is_digest(const char *text) {
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static mica_status read_version(const reader *r, size_t i, const json_t *tree) {
    static const char list[] = "versions";
    const json_t *number = json_object_get(tree, "version"),
                 *bytes = json_object_get(tree, "bytes");
    const char *digest;
    stored_version own;
    if (!read_number(number, 1, &own.number))
        return wrong(r, list, i, "version", "a number from 1 on", number);
    if (r->x->versions && r->x->version[r->x->versions - 1].number >= own.number)
        return wrong(r, list, i, "version", "a greater number than the one before", number);
    stored_version *v = index_add_version(r->x, own.number);
    if (!v) return fail_no_memory(r->err, r->name);
    TRY(read_text(r, list, i, tree, "file", true, &v->file));
    if (!version_file_fits(v->file))
        return wrong(r, list, i, "file", "the name of a file, model.*",
                     json_object_get(tree, "file"));
    TRY(read_text(r, list, i, tree, "sha256", true, &digest));
    if (*digest && !is_digest(digest))
        return wrong(r, list, i, "sha256", "64 hexadecimal letters",
                     json_object_get(tree, "sha256"));
    memcpy(v->sha256, digest, strlen(digest) + 1);
    if (bytes && !read_number(bytes, 0, &v->bytes))
        return wrong(r, list, i, "bytes", "a number", bytes);
    TRY(read_text(r, list, i, tree, "published", false, &v->published));
    TRY(read_text(r, list, i, tree, "by", false, &v->by));
    TRY(read_flag(r, i, tree, "forced", &v->forced));
    TRY(read_flag(r, i, tree, "retired", &v->retired));
    return read_flag(r, i, tree, "deleted", &v->deleted);
}

static mica_status read_alias(const reader *r, const char *name, const json_t *value) {
    char shown[CONFIG_SHOWN];
    int64_t number;
    const bool known = read_number(value, 1, &number);
    const stored_version *v = known ? index_version(r->x, number) : NULL;
    if (!alias_fits(name))
        return fail(r->err, MICA_FORMAT, "%s: aliases: \"%.60s\" is no name for an alias", r->name,
                    name);
    if (!v || v->deleted || v->retired)
        return fail(r->err, MICA_FORMAT, "%s: aliases.%s is %s, expected a version that is there",
                    r->name, name, config_show(value, shown));
    return index_set_alias(r->x, name, number) ? MICA_OK : fail_no_memory(r->err, r->name);
}

static mica_status read_before(const reader *r, size_t i, const json_t *value) {
    int64_t number;
    char shown[CONFIG_SHOWN];
    if (!read_number(value, 1, &number))
        return fail(r->err, MICA_FORMAT, "%s: before[%zu] is %s, expected a version", r->name, i,
                    config_show(value, shown));
    return index_push_before(r->x, number) ? MICA_OK : fail_no_memory(r->err, r->name);
}

static mica_status read_change(const reader *r, size_t i, const json_t *tree) {
    static const char list[] = "changes";
    stored_change c = {0};
    const json_t *number = json_object_get(tree, "version"),
                 *before = json_object_get(tree, "before");
    TRY(read_text(r, list, i, tree, "at", true, &c.at));
    TRY(read_text(r, list, i, tree, "by", true, &c.by));
    TRY(read_text(r, list, i, tree, "what", true, &c.what));
    if (json_object_get(tree, "alias")) TRY(read_text(r, list, i, tree, "alias", true, &c.alias));
    if (!read_number(number, 0, &c.version))
        return wrong(r, list, i, "version", "a version", number);
    if (before && !read_number(before, 0, &c.before))
        return wrong(r, list, i, "before", "a version", before);
    return index_add_change(r->x, &c) ? MICA_OK : fail_no_memory(r->err, r->name);
}

static mica_status check_version(const json_t *tree, const char *name, mica_error *err) {
    const json_t *version = json_object_get(tree, "version");
    const char *by = json_string_value(json_object_get(tree, "mica"));
    if (!json_is_integer(version) || json_integer_value(version) < 1)
        return fail(err, MICA_FORMAT, "%s: this is no index of a model (version 1)", name);
    if (json_integer_value(version) <= INDEX_VERSION) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "%s: written by mica %.40s (index version %lld), newer than this one (version %d)",
                name, by ? by : "of unknown version", (long long)json_integer_value(version),
                INDEX_VERSION);
}

typedef mica_status (*read_one)(const reader *r, size_t i, const json_t *value);

static mica_status read_list(const reader *r, const json_t *tree, const char *key, bool wanted,
                             read_one one) {
    const json_t *list = json_object_get(tree, key);
    if (!json_is_array(list) && (list || wanted))
        return fail(r->err, MICA_FORMAT, "%s: %s is %s, expected a list", r->name, key,
                    list ? config_kind(list) : "missing");
    for (size_t i = 0; i < json_array_size(list); i++) TRY(one(r, i, json_array_get(list, i)));
    return MICA_OK;
}

static mica_status read_tree(const reader *r, json_t *tree) {
    const char *name;
    json_t *value, *aliases = json_object_get(tree, "aliases");
    TRY(check_version(tree, r->name, r->err));
    TRY(read_list(r, tree, "versions", true, read_version));
    if (aliases && !json_is_object(aliases))
        return fail(r->err, MICA_FORMAT, "%s: aliases is %s, expected an object", r->name,
                    config_kind(aliases));
    json_object_foreach(aliases, name, value) TRY(read_alias(r, name, value));
    TRY(read_list(r, tree, "before", false, read_before));
    return read_list(r, tree, "changes", false, read_change);
}

mica_status index_read(const char *text, size_t length, const char *name, model_index *out,
                       mica_error *err) {
    json_t *tree;
    *out = (model_index){0};
    TRY(config_parse(text, length, name, &tree, err));
    mica_status status = read_tree(&(reader){name, out, err}, tree);
    json_decref(tree);
    if (status != MICA_OK) index_clear(out);
    return status;
}
