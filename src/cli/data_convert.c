/* mica data convert: data as .npz (x, y, sample_weight as batches would hold them), .npy (x alone),
 * or a table as .csv or .tsv. */
#include "cli/data_arrays.h"
#include "cli/data_pictures.h"
#include "cli/data_table.h"
#include "cli/model_data.h"
#include "cli/piped.h"

#include "base/philox.h"
#include "codec/csv.h"
#include "data/tabular.h"

#include <stdlib.h>
#include <string.h>

typedef struct convert_options {
    common_options common;
    bool test, no_shuffle;
    int64_t seed;
    table_reading reading;
    picture_options pictures;
    const char *target, *target_type, *sample_weight, *impute, *fill_category, *normalize;
    double fill_value;
    option_texts features, ignore, categorical;
} convert_options;

#define O convert_options
static const option options[] = {
    FLAG(O, test, "test", "the test part, where there are two"),
    TEXT_OPTION(O, target, "target", "COLUMN", "of a table: y"),
    CHOICE_OPTION(O, target_type, "target-type", "TYPE", tabular_target_types,
                  "of a table: y is class numbers, or numbers (default: as the column is)"),
    TEXTS_OPTION(O, features, "feature", "COLUMN",
                 "of a table: x has these columns alone; again for more; patterns as *_id"),
    TEXTS_OPTION(O, ignore, "ignore", "COLUMN", "of a table: not used; again for more"),
    TEXTS_OPTION(O, categorical, "categorical", "COLUMN",
                 "of a table: its values are categories; again for more"),
    TEXT_OPTION(O, sample_weight, "sample-weight", "COLUMN", "of a table: a weight per sample"),
    CHOICE_OPTION(O, impute, "impute", "HOW", tabular_imputes,
                  "of a table: what missing cells become (default none: they are errors)"),
    REAL_OPTION(O, fill_value, "fill-value", "X", -1e300, 1e300, "numbers by --impute constant"),
    TEXT_OPTION(O, fill_category, "fill-category", "TEXT", "categories by --impute constant"),
    TEXT_OPTION(O, normalize, "normalize", "FORM",
                "texts in a normal form of Unicode: NFC, NFD, NFKC, NFKD (default none)"),
    FLAG(O, no_shuffle, "no-shuffle",
         "class folders in the order of their names; else the seed shuffles them"),
    COUNT_OPTION(O, seed, "seed", "N", 0, "of that order (default 0)"),
    PICTURE_OPTIONS(O, pictures),
    TABLE_OPTIONS(O, reading),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

/* ---- a table as it is ---- */

extern const command command_data_convert;

static bool ends_in(const char *path, const char *ending) {
    size_t n = strlen(path), k = strlen(ending);
    return n > k && !strcmp(path + n - k, ending);
}

static mica_status convert_table(const convert_options *o, mica_context *ctx, const char *spec,
                                 const char *out, mica_error *err) {
    table_blocks blocks;
    csv_writer w;
    mica_table *block;
    if (!is_table(spec, &o->reading))
        return fail(err, MICA_UNSUPPORTED, "%s: no table: only tables are written as text", spec);
    TRY(open_blocks(&o->common, ctx, spec, &o->reading, &blocks, err));
    mica_status status = csv_write_begin(&w, out, table_separator(out), false, err);
    if (status == MICA_OK) {
        status = blocks.begin(&blocks, true, err);
        while (status == MICA_OK && (status = blocks.next(&blocks, &block, err)) == MICA_OK &&
               block) {
            status = csv_write_rows(&w, block, err);
            mica_table_destroy(&block);
        }
        status = csv_write_end(&w, status, err);
    }
    blocks_close(&blocks);
    return status;
}

/* ---- samples ---- */

static void set_text(json_t *all, const char *key, const char *text) {
    if (text) json_object_set_new(all, key, json_string(text));
}

/* The options of the source. */
static mica_status source_options(const convert_options *o, bool table, json_t *all,
                                  mica_error *err) {
    TRY(pictures_json(&o->pictures, all, err)); /* a table's source refuses those of pictures */
    if (!table) return MICA_OK;
    set_text(all, "target", o->target);
    set_text(all, "target_type", o->target_type);
    set_text(all, "sample_weight", o->sample_weight);
    set_text(all, "impute", o->impute);
    set_text(all, "fill_category", o->fill_category);
    set_text(all, "normalize", o->normalize);
    if (real_given(o->fill_value)) json_object_set_new(all, "fill_value", json_real(o->fill_value));
    json_object_set_new(all, "features", texts_json(&o->features));
    json_object_set_new(all, "ignore", texts_json(&o->ignore));
    json_object_set_new(all, "categorical", texts_json(&o->categorical));
    return reading_json(&o->reading, all, err);
}

/* As training goes through them: what comes class after class is shuffled first. */
static mica_status shuffle(const convert_options *o, mica_dataset **d, mica_error *err) {
    uint64_t seed = given(o->seed) ? (uint64_t)o->seed : 0;
    if (!(*d)->by_class || o->no_shuffle) return MICA_OK;
    return dataset_shuffled(*d, philox_key(seed, "convert"), d, err);
}

static mica_status convert_samples(const convert_options *o, mica_context *ctx, const char *spec,
                                   const char *out, mica_error *err) {
    mica_dataset *d = NULL;
    char named[4096];
    json_t *chosen = json_object();
    const bool table = is_table(spec, &o->reading);
    const bool plain = table && strncmp(spec, "csv:", 4);
    const char *path = spec, *format = o->reading.format;
    mica_status status = source_options(o, table, chosen, err);
    if (status == MICA_OK && is_piped(spec))
        status = table_place(spec, &format, o->reading.encoding, &path, err);
    set_text(chosen, "format", format);
    snprintf(named, sizeof named, "%s%s", plain ? "csv:" : "", path);
    if (status == MICA_OK)
        status = dataset_load_with(ctx, named, chosen, o->test ? MICA_TEST : MICA_TRAIN, &d, err);
    json_decref(chosen);
    TRY(status);
    warn_broken(d, &(int64_t){0});
    TRY(shuffle(o, &d, err));
    return ends_in(out, ".npz") ? write_npz(d, out, err) : write_npy(d, out, err);
}

static int run(void *data) {
    const convert_options *o = data;
    const char *spec = o->common.argument[0], *out = o->common.argument[1];
    mica_error err = {0};
    const bool text = is_table_output(out);
    if (!text && !ends_in(out, ".npz") && !ends_in(out, ".npy"))
        return wrong_usage(&command_data_convert,
                           "%s: expected a name that ends in .npz, .npy, .csv "
                           "or .tsv",
                           out);
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    mica_status status = text ? convert_table(o, ctx, spec, out, &err)
                              : convert_samples(o, ctx, spec, out, &err);
    if (status == MICA_OK && o->common.json) print_json(json_pack("{s:s}", "output", out));
    return finish(ctx, &o->common, status, &err);
}

const command command_data_convert = {
    "data convert",
    "SPEC OUT.npz|OUT.npy|OUT.csv|OUT.tsv",
    "data as arrays of NumPy, or a table as text",
    options,
    sizeof(convert_options),
    2,
    2,
    run,
    "An .npz holds x, y and sample_weight as batches would hold them; an .npy x, where there is "
    "no\n"
    "y (no --target, --label-mode none); a .csv or .tsv a table's cells by their types, UTF-8 "
    "(--text-column: as they are).\n"};
