/* Datasets: making and freeing, finding sources, fingerprints. See dataset.h. */
#include "data/dataset.h"

#include "base/file.h"
#include "data/class_folder.h"
#include "data/database.h"
#include "mica/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void dataset_free(mica_dataset *d) {
    if (d->destroy) d->destroy(d);
    if (!d->of) broken_free(d->broken);
    free(d->order);
    arena_free(&d->texts);
    free(d);
}

static void free_all(void *first) {
    for (mica_dataset *d = first, *next; d; d = next) {
        next = d->next;
        dataset_free(d);
    }
}

mica_dataset *dataset_new(mica_context *ctx) {
    context_entry *slot = &ctx->slots[SLOT_DATASETS];
    mica_dataset *d = allocate(1, sizeof *d);
    if (!d) return NULL;
    d->ctx = ctx;
    d->refs = 1;
    d->next = slot->data;
    *slot = (context_entry){d, free_all};
    return d;
}

static void dataset_drop(mica_dataset *d) {
    while (d && --d->refs == 0) {
        for (int i = 0; i < d->also_count; i++) dataset_drop(d->also[i]);
        mica_dataset *of = d->of, **at = (mica_dataset **)&d->ctx->slots[SLOT_DATASETS].data;
        while (*at && *at != d) at = &(*at)->next;
        if (*at) *at = d->next;
        dataset_free(d);
        d = of;
    }
}

void mica_dataset_destroy(mica_dataset **dataset) {
    if (!dataset) return;
    dataset_drop(*dataset);
    *dataset = NULL;
}

column *dataset_add_column(mica_dataset *d, const char *name, column_role role, mica_dtype dtype,
                           const shape *s) {
    if (d->columns == MAX_COLUMNS) return NULL;
    column *c = &d->column[d->columns++];
    snprintf(c->name, sizeof c->name, "%s", name);
    c->role = role;
    c->dtype = dtype;
    c->shape = *s;
    return c;
}

int dataset_column(const mica_dataset *d, column_role role, int n) {
    for (int i = 0; i < d->columns; i++)
        if (d->column[i].role == role && n-- == 0) return i;
    return -1;
}

int64_t mica_dataset_size(const mica_dataset *d) { return d ? d->rows : 0; }
int mica_dataset_classes(const mica_dataset *d) { return d ? d->classes : 0; }

const char *mica_dataset_class_name(const mica_dataset *d, int i) {
    return d && i >= 0 && i < d->classes ? d->class_names[i] : NULL;
}

const char *mica_dataset_preparation(const mica_dataset *d) {
    while (d && d->of) d = d->of;
    return d ? d->preparation : NULL;
}

/* ---- fingerprints ---- */

mica_status mica_dataset_fingerprint(mica_dataset *d, char text[65], mica_error *err) {
    REQUIRE(d, "dataset");
    REQUIRE(text, "text");
    if (!d->fingerprint[0]) {
        sha256 h;
        sha256_begin(&h);
        if (d->digest) TRY(d->digest(d, &h, err));
        sha256_end_hex(&h, d->fingerprint);
    }
    memcpy(text, d->fingerprint, sizeof d->fingerprint);
    return MICA_OK;
}

/* ---- from a SPEC ---- */

#define SOURCE(name) extern const source source_##name;
#include "data/sources.def"
#undef SOURCE

static const source *source_by_name(const char *name, size_t length) {
    for (const source *const *s = all_sources; *s; s++)
        if (strlen((*s)->name) == length && !strncmp((*s)->name, name, length)) return *s;
    return NULL;
}

static mica_status fail_kind(const char *spec, mica_error *err) {
    char kinds[256] = "";
    for (const source *const *s = all_sources; *s; s++) {
        size_t n = strlen(kinds);
        snprintf(kinds + n, sizeof kinds - n, "%s%s", n ? ", " : "", (*s)->name);
    }
    size_t known = strlen(kinds);
    snprintf(kinds + known, sizeof kinds - known,
             "; csv: CSV, TSV, JSON Lines by their endings, "
             "queries as sqlite:FILE, postgresql://…");
    if (file_is_folder(spec))
        return fail(
            err, MICA_FORMAT,
            "%s: this folder holds neither pictures in class folders (%s/CLASS/picture.png, "
            "or with train/ and test/ before CLASS) nor texts or sounds there, nor MNIST's IDX "
            "files; the kinds are %s",
            spec, spec, kinds);
    if (file_exists(spec))
        return fail(err, MICA_FORMAT, "%s: data of no kind that is known (%s)", spec, kinds);
    return fail(err, MICA_IO, "%s: there is no such file or folder (or kind; known are %s)", spec,
                kinds);
}

static mica_status find_one(const char *spec, const source **out, const char **path,
                            mica_error *err) {
    const char *colon = strchr(spec, ':');
    TRY(database_check(spec, err));
    *path = spec;
    if (colon && (*out = source_by_name(spec, (size_t)(colon - spec)))) {
        *path = colon + 1;
        return MICA_OK;
    }
    if (!file_is_folder(spec) && is_archive_path(spec) && file_exists(spec)) {
        const file_kind *kind;
        TRY(archive_kind(spec, &kind, err));
        *out = source_by_name(kind->source, strlen(kind->source));
        return MICA_OK;
    }
    for (const source *const *s = all_sources; *s; s++)
        if ((*s)->probe(spec)) return *out = *s, MICA_OK;
    return fail_kind(spec, err);
}

/* The one source of all SPECs of a list. */
static mica_status find_of_list(const json_t *list, const source **out, mica_error *err) {
    const char *first = json_string_value(json_array_get(list, 0)), *path;
    const json_t *one;
    size_t i;
    json_array_foreach((json_t *)list, i, one) {
        const source *s = NULL;
        TRY(find_one(json_string_value(one), &s, &path, err));
        if (i && s != *out)
            return fail(err, MICA_TYPE,
                        "%s is %s, %s is %s: expected data of one kind in a list of sources", first,
                        (*out)->what, json_string_value(one), s->what);
        *out = s;
    }
    return MICA_OK;
}

static mica_status find_source(const char *spec, const source **out, const char **path,
                               mica_error *err) {
    json_t *list = spec_list(spec);
    if (!list) return find_one(spec, out, path, err);
    *path = spec;
    mica_status status = find_of_list(list, out, err);
    json_decref(list);
    return status;
}

const source *dataset_source(const char *spec, const char **path) {
    const source *s = NULL;
    const char *at;
    return find_source(spec, &s, path ? path : &at, NULL) == MICA_OK ? s : NULL;
}

/* `given` is a struct of the source's options, or NULL: then they are in `json` (NULL: defaults).
 */
static mica_status load_into(mica_dataset *d, const source *s, const char *path, mica_part part,
                             const void *given, const json_t *json, mica_error *err) {
    d->origin = arena_text(&d->texts, path);
    void *options = arena_take(&d->texts, s->options_size + 1);
    if (!d->origin || !options) return fail_memory(err, strlen(path), path);
    json_t *none = given || json ? NULL : json_object();
    mica_status status;
    if (given) {
        status = options_take(options, s->options_size, given, path, err);
        if (status == MICA_OK) status = fields_resolve(s->fields, options, &d->texts, path, err);
    } else {
        status = fields_read(s->fields, options, json ? json : none, &d->texts, NULL, path, err);
    }
    json_decref(none);
    TRY(status);
    d->by_class = s->by_class;
    return s->load(&(source_request){path, part, options}, d, err);
}

static mica_status load(mica_context *ctx, const source *s, const char *path, mica_part part,
                        const void *given, const json_t *json, mica_dataset **out,
                        mica_error *err) {
    mica_dataset *d = dataset_new(ctx);
    if (!d) return fail_memory(err, sizeof *d, path);
    mica_status status = load_into(d, s, path, part, given, json, err);
    if (status == MICA_OK) *out = d;
    else mica_dataset_destroy(&d);
    return status;
}

/* Whether the rows of a split follow those that it leaves: the last ones, or the latest. */
static bool splits_in_order(const json_t *options, bool validation) {
    const char *order = json_string_value(json_object_get(options, "validation_order"));
    if (json_is_string(json_object_get(options, "split_time"))) return true;
    if (!validation) return false;
    return order ? !strcmp(order, "last") : json_is_false(json_object_get(options, "shuffle"));
}

/* Windows want rows in their order. */
static mica_status check_windowed(const json_t *options, const char *path, mica_error *err) {
    static const char *const splits[] = {"test_split", "validation_split"};
    for (size_t i = 0; i < LENGTH(splits); i++)
        if (json_number_value(json_object_get(options, splits[i])) > 0 &&
            !splits_in_order(options, i == 1))
            return fail(
                err, MICA_VALUE, "%s: windows of rows that %s chooses by chance, expected %s", path,
                splits[i], i ? "\"shuffle\": false" : "the test rows in a file of their own");
    return MICA_OK;
}

/* Drops it. */
static bool is_list(json_t *list) {
    const bool is = list != NULL;
    json_decref(list);
    return is;
}

mica_status dataset_load_with(mica_context *ctx, const char *spec, const json_t *options,
                              mica_part part, mica_dataset **out, mica_error *err) {
    const source *s = NULL;
    const char *path;
    const bool several = is_list(spec_list(spec)), zipped = is_list(spec_zip(spec));
    *out = NULL;
    if (zipped) path = spec;
    else TRY(find_source(spec, &s, &path, err));
    json_t *own = json_copy((json_t *)options),
           *windows = json_incref(json_object_get(own, "windows"));
    if (windows) json_object_del(own, "windows");
    if (json_is_null(windows)) json_decref(windows), windows = NULL;
    mica_status status = windows ? check_windowed(own, path, err) : MICA_OK;
    if (status == MICA_OK)
        status = zipped                ? dataset_load_zipped(ctx, spec, own, part, out, err)
                 : several && !s->fits ? dataset_load_several(ctx, spec, own, part, out, err)
                                       : load(ctx, s, path, part, NULL, own, out, err);
    if (status == MICA_OK && path == spec && (*out)->files)
        status = archive_holds_alone((*out)->files, err);
    if (status == MICA_OK && windows) status = dataset_windows_with(out, windows, err);
    if (status != MICA_OK) mica_dataset_destroy(out);
    json_decref(windows);
    json_decref(own);
    return status;
}

bool dataset_has_option(const char *spec, const char *option) {
    const source *s = dataset_source(spec, NULL);
    for (const field *f = s ? s->fields : NULL; f && f->name; f++)
        if (!strcmp(f->name, option)) return true;
    return false;
}

mica_status dataset_load(mica_context *ctx, const char *spec, mica_part part, mica_dataset **out,
                         mica_error *err) {
    return dataset_load_with(ctx, spec, NULL, part, out, err);
}

mica_dataset *dataset_failed(mica_context *ctx, const mica_error *err) {
    context_fail_with(ctx, err);
    return dataset_new(ctx);
}

/* The dataset, or an empty one and a sticky error. */
static mica_dataset *or_empty(mica_context *ctx, mica_status status, mica_dataset *d,
                              const mica_error *err) {
    return status == MICA_OK ? d : dataset_failed(ctx, err);
}

mica_dataset *mica_load_with(mica_context *ctx, const char *spec, mica_part part,
                             const char *text) {
    if (!ctx) return NULL;
    if (LACKS(ctx, spec, "spec")) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    json_t *options = NULL;
    mica_status status = text ? config_parse(text, strlen(text), spec, &options, &err) : MICA_OK;
    if (status == MICA_OK) status = dataset_load_with(ctx, spec, options, part, &d, &err);
    json_decref(options);
    return or_empty(ctx, status, d, &err);
}

mica_dataset *mica_load(mica_context *ctx, const char *spec, mica_part part) {
    return mica_load_with(ctx, spec, part, NULL);
}

mica_dataset *mica_load_mnist(mica_context *ctx, const char *folder, mica_part part) {
    if (!ctx) return NULL;
    if (LACKS(ctx, folder, "folder")) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = load(ctx, &source_idx, folder, part, NULL, NULL, &d, &err);
    return or_empty(ctx, status, d, &err);
}

mica_tabular_options mica_tabular_defaults(void) {
    return (mica_tabular_options){.size = sizeof(mica_tabular_options)};
}

mica_dataset *mica_load_table(mica_context *ctx, const char *path, mica_part part,
                              const mica_tabular_options *options) {
    if (!ctx) return NULL;
    if (LACKS(ctx, path, "path")) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_tabular_options defaults = mica_tabular_defaults();
    mica_status status = load(ctx, &source_csv, path, part, options ? options : &defaults, NULL, &d,
                              &err);
    return or_empty(ctx, status, d, &err);
}

/* Of a source of class folders: its defaults, and how it is loaded with a struct of options. */
#define FOLDER_SOURCE(kind)                                                                        \
    mica_##kind##_options mica_##kind##_defaults(void) {                                           \
        return (mica_##kind##_options){.size = sizeof(mica_##kind##_options)};                     \
    }                                                                                              \
    mica_dataset *mica_load_##kind(mica_context *ctx, const char *folder, mica_part part,          \
                                   const mica_##kind##_options *options) {                         \
        if (!ctx) return NULL;                                                                     \
        if (LACKS(ctx, folder, "folder")) return NULL;                                             \
        mica_error err = {0};                                                                      \
        mica_dataset *d = NULL;                                                                    \
        mica_##kind##_options defaults = mica_##kind##_defaults();                                 \
        mica_status status = load(ctx, &source_##kind, folder, part,                               \
                                  options ? options : &defaults, NULL, &d, &err);                  \
        return or_empty(ctx, status, d, &err);                                                     \
    }

FOLDER_SOURCE(image_folder)
FOLDER_SOURCE(text_folder)
FOLDER_SOURCE(audio_folder)
