/* Vocabularies in text files: see vocabulary_file.h. UTF-8, a token is a line without its end, as
 * Keras has them. */
#include "layer/vocabulary_file.h"

#include "codec/text_file.h"
#include "layer/index_lookup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_NUMBER 24

static mica_status add_number(json_t *list, const char *line, size_t n, const char *path,
                              mica_error *err) {
    char text[LONGEST_NUMBER] = "", *end;
    if (n < sizeof text) memcpy(text, line, n);
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (!*text || *end || errno)
        return fail(err, MICA_VALUE, "%s: line %zu is '%.*s', expected a whole number", path,
                    json_array_size(list) + 1, (int)(n < 40 ? n : 40), line);
    json_array_append_new(list, json_integer(value));
    return MICA_OK;
}

static mica_status add_lines(json_t *list, const text_file *t, bool texts, const char *path,
                             mica_error *err) {
    for (const char *at = t->bytes, *stop = at + t->size, *end; at < stop; at = end + 1) {
        end = memchr(at, '\n', (size_t)(stop - at));
        size_t n = (size_t)((end ? end : stop) - at);
        if (n && at[n - 1] == '\r') n--;
        if (!texts) TRY(add_number(list, at, n, path, err));
        else if (json_array_append_new(list, json_stringn(at, n))) return fail_no_memory(err, path);
        if (!end) break;
    }
    if (json_array_size(list)) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: the file is empty, expected a token a line", path);
}

static mica_status read_vocabulary(const char *path, bool texts, json_t **out, mica_error *err) {
    text_file t = {0};
    TRY(text_file_read(path, "utf-8", NULL, &t, err));
    *out = json_array();
    mica_status status = *out ? add_lines(*out, &t, texts, path, err) : fail_no_memory(err, path);
    text_file_free(&t);
    if (status != MICA_OK) json_decref(*out);
    return status;
}

/* ---- a layer's option ---- */

mica_status vocabulary_read_option(mica_layer *l, const index_lookup *o, const char *what,
                                   mica_error *err) {
    json_t *tree = *o->vocabulary ? json_loads(*o->vocabulary, JSON_DECODE_ANY, NULL) : NULL;
    bool is_name = json_is_string(tree), is_list = tree || !*o->vocabulary;
    json_decref(tree);
    if (is_name)
        return fail(err, MICA_VALUE,
                    "%s: vocabulary is the name of a file, %s: what is in a model's file must hold "
                    "the tokens themselves",
                    what, *o->vocabulary);
    if (is_list) return MICA_OK;
    json_t *list;
    TRY(read_vocabulary(*o->vocabulary, o->texts, &list, err));
    char *text = config_text(list), *kept = text ? arena_text(&l->arena, text) : NULL;
    json_decref(list);
    free(text);
    if (!kept) return fail_no_memory(err, what);
    *o->vocabulary = kept;
    return MICA_OK;
}

/* ---- a config ---- */

static mica_status replace(json_t *config, const char *class_name, const char *folder,
                           mica_error *err) {
    const char *name = json_string_value(json_object_get(config, "vocabulary"));
    arena a = {0};
    json_t *list;
    const char *path = *name == '/' || !*folder ? name : path_join(&a, folder, name);
    bool texts = !class_name || strcmp(class_name, "IntegerLookup");
    mica_status status = path ? read_vocabulary(path, texts, &list, err)
                              : fail_no_memory(err, name);
    if (status == MICA_OK && json_object_set_new(config, "vocabulary", list))
        status = fail_no_memory(err, name);
    arena_free(&a);
    return status;
}

mica_status vocabularies_from_files(json_t *tree, const char *class_name, const char *folder,
                                    mica_error *err) {
    const char *key, *own = json_string_value(json_object_get(tree, "class_name"));
    json_t *value;
    size_t i;
    if (json_is_string(json_object_get(tree, "vocabulary")))
        TRY(replace(tree, class_name, folder, err));
    json_object_foreach(tree, key, value)
        TRY(vocabularies_from_files(value, own ? own : key, folder, err));
    json_array_foreach(tree, i, value) TRY(vocabularies_from_files(value, class_name, folder, err));
    return MICA_OK;
}
