/* mica init: looks at data and writes a short recipe that runs; what looks wrong with them is told.
 */
#include "cli/init.h"

#include "base/file.h"
#include "cli/model_data.h"
#include "cli/piped.h"
#include "cli/recipe.h"
#include "cli/training.h"
#include "data/class_folder.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define O init_options
static const option options[] = {
    TEXT_OPTION(O, target, "target", "COLUMN",
                "of a table: what is to be predicted (default: by its name, else the last one)"),
    TEXTS_OPTION(O, ignore, "ignore", "COLUMN", "of a table: a column that is not used"),
    REAL_OPTION(O, max_broken, "max-broken", "SHARE", 0, 1,
                "of class folders: more broken files than that share are an error (default 0.01)"),
    TABLE_OPTIONS(O, reading),
    TEXT_OPTION(O, output, "output", "FILE", "where the recipe goes (default recipe.json)"),
    FLAG(O, force, "force", "overwrite it where it is there"),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

/* Of a wide table the first columns of each kind are told, the others counted. */
enum { MOST_TOLD = 10 };

static int64_t *count_of(init *i, const char *kind) {
    size_t k = 0;
    while (k < LENGTH(i->told) - 1 && i->told[k].kind && strcmp(i->told[k].kind, kind)) k++;
    i->told[k].kind = kind;
    return &i->told[k].count;
}

static bool may_tell(init *i, const char *kind) { return ++*count_of(i, kind) <= MOST_TOLD; }

static void tell_counts(const init *i) {
    for (size_t k = 0; k < LENGTH(i->told); k++)
        if (i->told[k].count > MOST_TOLD)
            warn(&i->o->common, "%lld more columns with such a warning (%s): --json lists all",
                 (long long)i->told[k].count - MOST_TOLD, i->told[k].kind);
}

void init_warn(init *i, const char *column, const char *kind, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (may_tell(i, kind)) {
        if (column) warn(&i->o->common, "column %s: %s", column, text);
        else warn(&i->o->common, "%s", text);
    }
    json_array_append_new(
        i->warnings, json_pack("{s:s?, s:s, s:s}", "column", column, "kind", kind, "text", text));
}

void init_classes(init *i, json_t *layers, int64_t classes) {
    const bool two = classes == 2;
    json_array_append_new(layers, json_pack("{s:{s:I, s:s}}", "Dense", "units",
                                            (json_int_t)(two ? 1 : classes), "activation",
                                            two ? "sigmoid" : "softmax"));
    i->loss = two ? "binary_crossentropy" : "sparse_categorical_crossentropy";
    i->metrics = two ? json_pack("[s, {s:{}}]", "accuracy", "AUC") : json_pack("[s]", "accuracy");
}

void init_add(json_t *layers, const char *text) {
    json_array_append_new(layers, json_loads(text, JSON_DECODE_ANY, NULL));
}

/* Convolutions as the classic program for MNIST has them, one for each halving that fits. */
void init_convolutions(json_t *layers, int64_t extent) {
    init_add(layers,
             "{\"Conv2D\": {\"filters\": 32, \"kernel_size\": 3, \"activation\": \"relu\"}}");
    for (int64_t left = extent - 2; left >= 10; left = left / 2 - 2) {
        init_add(layers, "\"MaxPooling2D\"");
        init_add(layers,
                 "{\"Conv2D\": {\"filters\": 64, \"kernel_size\": 3, \"activation\": \"relu\"}}");
    }
}

/* ---- the recipe ---- */

/* A file of another kind in the class folders is not read. */
static void warn_of_strays(init *i, const source *s) {
    char first[256];
    const char *path = i->spec;
    if (!s->by_class || !dataset_source(i->spec, &path) || !file_is_folder(path)) return;
    const int64_t strays = folder_strays(path, s->name, first);
    if (strays)
        init_warn(i, NULL, "strays", "%lld %s of another kind in the class folders: left out: %s%s",
                  (long long)strays, strays == 1 ? "file" : "files", first,
                  strays > 1 ? ", …" : "");
}

/* A table by the options of reading one, whatever its name says: its recipe's SPEC says so, too. */
static mica_status name_table(init *i, mica_error *err) {
    const source *s = dataset_source(i->spec, NULL);
    if (is_piped(i->spec))
        return fail(err, MICA_VALUE, "%s: a recipe names its data, expected a file or a folder",
                    PIPED);
    if (!is_table(i->spec, &i->o->reading) || (s && s->fits)) return MICA_OK;
    if (s && s->by_class && !is_table("", &i->o->reading)) return MICA_OK; /* a list of files */
    if (s || !file_exists(i->spec))
        return fail(err, MICA_VALUE, "%s: the options are about tables, this is %s", i->spec,
                    s ? s->what : "no file");
    char *spec = arena_take(&i->texts, strlen(i->spec) + 8);
    if (!spec) return fail_no_memory(err, i->spec);
    sprintf(spec, "csv:%s", i->spec);
    i->spec = spec;
    return MICA_OK;
}

static mica_status read_options(init *i, mica_error *err) {
    TRY(reading_json(&i->o->reading, i->given, err));
    if (!real_given(i->o->max_broken)) return MICA_OK;
    if (!dataset_has_option(i->spec, "max_broken"))
        return fail(err, MICA_VALUE, "%s: --max-broken is about class folders", i->spec);
    json_object_set_new(i->given, "max_broken", json_real(i->o->max_broken));
    return MICA_OK;
}

static mica_status look(init *i, mica_error *err) {
    mica_dataset *d = NULL;
    const source *s = dataset_source(i->spec, NULL);
    if (!s) {
        TRY(dataset_load(i->ctx, i->spec, MICA_TRAIN, &d, err)); /* says what is wrong */
        return fail(err, MICA_UNSUPPORTED, "%s: arrays that are zipped: expected one source",
                    i->spec);
    }
    if (s->fits) return init_table(i, err);
    warn_of_strays(i, s);
    if (i->o->target || i->o->ignore.count)
        return fail(err, MICA_VALUE, "%s: --target and --ignore are about tables, this is %s",
                    i->spec, s->what);
    if (!strcmp(s->name, "text_folder")) return init_texts(i, err);
    if (!strcmp(s->name, "audio_folder")) return init_sounds(i, err);
    return s->pictures ? init_pictures(i, err) : init_arrays(i, err);
}

/* ---- the model's name ---- */

/* The length of a path's last part without slashes behind it; *begin is where it begins. */
static size_t last_part(const char *path, const char **begin) {
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') n--;
    size_t first = n;
    while (first && path[first - 1] != '/') first--;
    *begin = path + first;
    return n - first;
}

/* "churn" of "data/churn.csv.gz"; of a folder its whole name. */
static size_t stem_of(const char *path, const char **begin) {
    static const char *const packed[] = {".gz", ".xz", ".zst", ".bz2"};
    size_t n = last_part(path, begin);
    if (file_is_folder(path)) return n;
    for (size_t k = 0; k < LENGTH(packed); k++) {
        const size_t m = strlen(packed[k]);
        if (n <= m || strncasecmp(*begin + n - m, packed[k], m)) continue;
        n -= m;
        break;
    }
    for (size_t dot = n; dot-- > 1;)
        if ((*begin)[dot] == '.') return dot;
    return n;
}

/* "churn.h5" for the data churn.csv, so that a second recipe's training does not overwrite the
 * first one's model; of a recipe that was given a name of its own, that. NULL without memory. */
static json_t *output_of(const init *i) {
    const char *data = after_kind(i->spec), *name;
    size_t n = stem_of(i->o->output ? i->o->output : "recipe.json", &name);
    char *whole = NULL;
    if (i->name[0] && n == 6 && !strncmp(name, "recipe", n)) return json_sprintf("%s.h5", i->name);
    if (data && n == 6 && !strncmp(name, "recipe", n)) {
        n = stem_of(data, &name);
        if (name[0] == '.' && (whole = realpath(data, NULL))) n = stem_of(whole, &name); /* ".." */
    }
    json_t *text = json_sprintf("%.*s.h5", (int)n, name);
    free(whole);
    return text;
}

static json_t *recipe_of(const init *i, const char *folder, mica_error *err) {
    json_t *train = spec_from(folder, i->spec), *data = json_pack("{s:o}", "train", train);
    if (i->test[0]) json_object_set_new(data, "test", spec_from(folder, i->test));
    else if (i->tests_itself) json_object_set(data, "test", train);
    json_object_update(data, i->data);
    if (i->validation[0]) {
        json_object_del(data, "validation_split");
        json_object_set_new(data, "validation", spec_from(folder, i->validation));
    }
    if (json_object_size(i->given)) {
        json_t *how = json_copy(json_object_get(data, "preprocessing"));
        if (!how) how = json_object();
        json_object_update(how, i->given);
        const char *file = json_string_value(json_object_get(how, "password_file"));
        if (file) json_object_set_new(how, "password_file", spec_from(folder, file));
        json_object_set_new(data, "preprocessing", how);
    }
    json_t *tree = json_pack(
        "{s:O, s:o, s:{s:{s:{s:f}}, s:s, s:O}, s:{s:i, s:i, s:{s:s, s:i, s:b}}, s:i, s:o}", "model",
        i->model, "data", data, "compile", "optimizer", "adam", "learning_rate", 0.001, "loss",
        i->loss, "metrics", i->metrics, "fit", "epochs", i->epochs, "batch_size", i->batch_size,
        "early_stopping", "monitor", "val_loss", "patience", 3, "restore_best_weights", 1, "seed",
        1, "output", output_of(i));
    if (!tree) fail_no_memory(err, "a recipe");
    return tree;
}

static mica_status write_recipe(init *i, const char *path, mica_error *err) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("."), *text = NULL;
    json_t *tree = folder ? recipe_of(i, folder, err) : NULL;
    mica_status status = tree ? MICA_OK : fail_no_memory(err, path);
    if (tree && !(text = recipe_text(tree))) status = fail_no_memory(err, path);
    if (status == MICA_OK) status = file_replace(path, text, strlen(text), err);
    free(folder);
    free(text);
    json_decref(tree);
    return status;
}

static mica_status make(init *i, const char *path, mica_error *err) {
    if (file_exists(path) && !i->o->force)
        return fail(err, MICA_VALUE,
                    "%s is there already: --output names another, --force "
                    "overwrites it",
                    path);
    TRY(name_table(i, err));
    TRY(read_options(i, err));
    init_find_parts(i);
    TRY(look(i, err));
    tell_counts(i);
    TRY(write_recipe(i, path, err));
    if (i->o->common.json)
        print_json(json_pack("{s:s, s:O}", "recipe", path, "warnings", i->warnings));
    else printf("Wrote %s; next: mica train %s\n", path, path);
    return MICA_OK;
}

static int run(void *data) {
    const init_options *o = data;
    mica_error err = {0};
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    init i = {.o = o, .ctx = ctx, .spec = o->common.argument[0], .epochs = 20, .batch_size = 64};
    i.warnings = json_array();
    i.given = json_object();
    mica_status status = make(&i, o->output ? o->output : "recipe.json", &err);
    json_decref(i.model);
    json_decref(i.data);
    json_decref(i.metrics);
    json_decref(i.warnings);
    json_decref(i.given);
    arena_free(&i.texts);
    return finish(ctx, &o->common, status, &err);
}

const command command_init = {
    "init",
    "SPEC",
    "a first recipe for data, and what looks wrong with them",
    options,
    sizeof(init_options),
    1,
    1,
    run,
    "Of a table each column becomes a feature by its type; left out, with "
    "a warning, are columns that\n"
    "cannot help: constants, identifiers, free text. Warned of are also "
    "columns that give the\n"
    "answer away, and classes that are rare. Class folders of pictures, "
    "texts and sounds, IDX, .npz and .npy get a\n"
    "small network; pictures become the size of the median one, at most 256. The model is named "
    "after the\n"
    "data, churn.h5 of churn.csv, or after a recipe that --output names. Parts that are there "
    "already "
    "are taken:\n"
    "beside churn-train.csv churn-validation.csv and churn-test.csv, as mica data split writes "
    "them; "
    "in a folder\n"
    "train, validation (or val) and test. Options of reading a table stand in the recipe, too.\n"};
