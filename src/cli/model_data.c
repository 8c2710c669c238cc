/* See model_data.h. */
#include "cli/model_data.h"

#include "data/database.h"
#include "data/inputs.h"
#include "data/join_list.h"
#include "data/table.h"
#include "format/card.h"
#include "mica/table.h"

#include <stdlib.h>
#include <string.h>

/* ---- the card ---- */

const json_t *card_input(const mica_model *m, int input) {
    return json_array_get(card_get(m, "inputs"), (size_t)input);
}

char *class_name(const mica_model *m, int64_t class) {
    char number[32];
    const char *name = json_string_value(json_array_get(card_get(m, "classes"), (size_t) class));
    snprintf(number, sizeof number, "%lld", (long long)class);
    return strdup(name ? name : number);
}

/* ---- datasets ---- */

static const char *color_mode(int64_t channels) {
    return channels == 1 ? "grayscale" : channels == 4 ? "rgba" : "rgb";
}

/* {"image_size", "color_mode"} for an input of shape (None, H, W, C); NULL: it is no picture. */
static json_t *by_shape(const mica_model *m) {
    const shape *s = model_input_shape(m, 0);
    if (s->rank != 4 || s->dims[1] < 1 || s->dims[2] < 1) return NULL;
    return json_pack("{s:[I, I], s:s}", "image_size", (json_int_t)s->dims[1],
                     (json_int_t)s->dims[2], "color_mode", color_mode(s->dims[3]));
}

mica_status warn_not_finite(const mica_dataset *d, const char *name, mica_error *err) {
    char where[320];
    TRY(dataset_not_finite(d, where, err));
    if (where[0])
        context_log(d->ctx, MICA_LOG_WARNING, "%s: %s, expected finite numbers", name, where);
    return MICA_OK;
}

void warn_broken(const mica_dataset *d, int64_t *told) {
    enum { SHOWN = 3 };
    int64_t count = mica_dataset_broken(d);
    strbuf paths = {0};
    if (count <= *told) return;
    for (int64_t i = 0; i < count && i < SHOWN; i++)
        strbuf_add(&paths, "%s%s", i ? ", " : "", mica_dataset_broken_path(d, i));
    context_log(d->ctx, MICA_LOG_WARNING, "%s: %lld %s broken and left out: %s%s", d->origin,
                (long long)count, count == 1 ? "file is" : "files are",
                paths.data ? paths.data : "", count > SHOWN ? ", …" : "");
    strbuf_free(&paths);
    *told = count;
}

/* {"fitted": …} for a table: as `like` was prepared, else as the card says; {}: neither does. */
static json_t *by_training_part(const data_request *r) {
    const char *text = r->like ? mica_dataset_preparation(r->like) : NULL;
    json_t *fitted = text ? json_loads(text, 0, NULL) : NULL;
    const json_t *table = r->model ? card_get(r->model, "table") : NULL;
    if (!fitted && table) fitted = json_pack("{s:O}", "table", table);
    return fitted ? json_pack("{s:o}", "fitted", fitted) : json_object();
}

static bool is_training_data(const mica_model *m, mica_dataset *d) {
    char own[65];
    const json_t *data = m ? card_get(m, "data") : NULL;
    const char *known = json_string_value(json_object_get(data, "fingerprint"));
    return known && mica_dataset_fingerprint(d, own, NULL) == MICA_OK && !strcmp(own, known);
}

/* test_split is about the file that trained alone: all rows of another one are the test part. */
static mica_status load_table_part(const data_request *r, const char *path, json_t *options,
                                   mica_dataset **out, mica_error *err) {
    const bool by_card = !r->preprocessing;
    json_t *share = json_incref(json_object_get(options, "test_split"));
    const bool asked = share && (r->part == MICA_TEST || r->taken),
               other = r->like && strcmp(path, r->like->origin);
    if (asked && (other || by_card)) json_object_del(options, "test_split");
    mica_status status = dataset_load_with(r->ctx, r->spec, options, r->part, out, err);
    const bool trained = status == MICA_OK && asked && by_card && !r->like &&
                         is_training_data(r->model, *out);
    if (trained && r->taken) *r->taken = (data_taken){mica_dataset_size(*out), true};
    if (trained && !r->all) {
        mica_dataset_destroy(out);
        json_object_set(options, "test_split", share);
        status = dataset_load_with(r->ctx, r->spec, options, r->part, out, err);
    }
    json_decref(share);
    return status;
}

/* What the card says of the training is how data are prepared, not which of them trained. */
static void forget_choice(json_t *options, const source *s) {
    static const char *const of_training[] = {"validation_split", "subset", "validation_order",
                                              "validation_seed"},
                             *const of_files[] = {"seed", "shuffle"};
    for (size_t i = 0; i < LENGTH(of_training); i++) json_object_del(options, of_training[i]);
    for (size_t i = 0; i < LENGTH(of_files) && s->by_class; i++)
        json_object_del(options, of_files[i]);
}

/* Of a database what files alone have, of a file what databases have. */
static void forget_other_kind(json_t *options, bool database) {
    static const char *const of_files[] = {"format",    "likely_separator", "likely_encoding",
                                           "no_header", "text_columns",     NULL},
                             *const of_databases[] = {"query", "table", "password_file", NULL};
    for (const char *const *key = database ? of_files : of_databases; *key; key++)
        json_object_del(options, *key);
}

/* How another table's file is written is not how this one must be: what the file itself tells goes
 * first, then what was likely. */
static void forget_writing(json_t *options, const char *path) {
    static const char *const of_file[][2] = {{"encoding", "likely_encoding"},
                                             {"separator", "likely_separator"}};
    for (size_t i = 0; i < LENGTH(of_file); i++) {
        json_t *value = json_object_get(options, of_file[i][0]);
        if (!value) continue;
        json_object_set(options, of_file[i][1], value);
        json_object_del(options, of_file[i][0]);
    }
    if (is_table_path(path)) json_object_del(options, "format");
    forget_other_kind(options, is_database(path));
}

/* What is known of this very file, by its bytes or by who gives it. */
static void add_writing(const data_request *r, json_t *options, const char *path) {
    const bool of_other = !r->preprocessing || r->other_file;
    if (of_other) forget_writing(options, path);
    if (r->format && (of_other || !json_object_get(options, "format")))
        json_object_set_new(options, "format", json_string(r->format));
    if (r->reading) json_object_update(options, (json_t *)r->reading);
}

/* All rows, and nothing that is known of their answers. */
static void forget_target(json_t *options) {
    static const char *const of_target[] = {"target",        "target_type",    "target_above",
                                            "sample_weight", "missing_target", "test_split"};
    json_t *fitted = json_deep_copy(json_object_get(options, "fitted")),
           *table = json_object_get(fitted, "table");
    for (size_t i = 0; i < LENGTH(of_target); i++) json_object_del(options, of_target[i]);
    json_object_del(table, "target");
    json_object_del(table, "sample_weight");
    json_object_set_new(options, "fitted", fitted);
    json_object_set_new(options, "predicting", json_true());
}

/* What the card says of preparing such data; NULL: nothing. */
static const json_t *known_preparation(const data_request *r, const source *s) {
    const json_t *of_card = r->model ? card_get(r->model, "recipe") : NULL;
    of_card = json_object_get(of_card, "preprocessing");
    json_t *zip = spec_zip(r->spec);
    const bool windows = json_object_get(of_card, "windows") != NULL, any = s || zip;
    json_decref(zip);
    return (s && (s->by_class || s->fits)) || (any && windows) ? of_card : NULL;
}

/* The model's preparation is about data of its kind. */
static mica_status check_kind(const data_request *r, const source *s, const json_t *known,
                              mica_error *err) {
    static const char *const of_all[] = {"windows", "seed", "shuffle", "validation_split",
                                         "subset"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)known, key, value) {
        bool fits = dataset_has_option(r->spec, key);
        for (size_t i = 0; i < LENGTH(of_all); i++) fits |= !strcmp(key, of_all[i]);
        if (!fits)
            return fail(err, MICA_TYPE,
                        "%s: this is %s, and the model was trained on data of another kind, which "
                        "have '%s'",
                        r->spec, s ? s->what : "arrays that are zipped", key);
    }
    return MICA_OK;
}

/* Folders that are missing in data for validation or test must not move the numbers of the others:
 * classes are those of the training. */
static void give_classes(const data_request *r, json_t *options) {
    const json_t *of_card = !r->like && r->part == MICA_TEST && r->model
                                ? card_get(r->model, "classes")
                                : NULL;
    json_t *names = of_card ? json_incref((json_t *)of_card) : json_array();
    for (int i = 0; r->like && r->like->class_names && i < r->like->classes; i++)
        json_array_append_new(names, json_string(r->like->class_names[i]));
    const bool asked = json_object_get(options, "class_names") ||
                       json_object_get(options, "labels");
    if (!asked && json_array_size(names))
        json_object_set_new(options, "class_names", json_pack("{s:O}", "known", names));
    json_decref(names);
}

mica_status load_model_data(const data_request *r, mica_dataset **out, mica_error *err) {
    const json_t *known = r->preprocessing;
    const char *path = r->spec;
    const source *s = dataset_source(r->spec, &path);
    const bool pictures = s && s->pictures, table = s && s->fits;
    if (!table && json_object_size(r->reading))
        return fail(err, MICA_VALUE, "%s: %s, and --%s is of tables", r->spec,
                    s ? s->what : "no data that are known",
                    json_object_iter_key(json_object_iter((json_t *)r->reading)));
    if (!known && (known = known_preparation(r, s))) TRY(check_kind(r, s, known, err));
    json_t *options = pictures && r->model ? by_shape(r->model)
                      : table              ? by_training_part(r)
                                           : NULL;
    if (!options) options = json_deep_copy(known);
    else if (known) json_object_update(options, (json_t *)known); /* what they say goes first */
    if (!r->preprocessing && s && (s->by_class || table)) forget_choice(options, s);
    if (s && s->by_class) {
        if (!options) options = json_object();
        give_classes(r, options);
    }
    if (r->asking && table) forget_target(options);
    if (table) add_writing(r, options, path);
    mica_status status = table ? load_table_part(r, path, options, out, err)
                               : dataset_load_with(r->ctx, r->spec, options, r->part, out, err);
    json_decref(options);
    if (status == MICA_OK && r->taken && !r->taken->whole && !(*out)->has_parts)
        *r->taken = (data_taken){mica_dataset_size(*out), is_training_data(r->model, *out)};
    if (status == MICA_OK) warn_broken(*out, &(int64_t){0});
    return status == MICA_OK ? warn_not_finite(*out, r->shown ? r->shown : r->spec, err) : status;
}

/* The recipe's joins, where rows to be predicted lack their columns. */
static mica_status join_as_trained(const data_request *r, const json_t *join, mica_table **t,
                                   mica_error *err) {
    if (!join) return MICA_OK;
    json_t *training = by_training_part(r);
    char *list = config_text(join), *fitted = config_text(json_object_get(training, "fitted"));
    mica_table *joined = NULL;
    mica_status status = list && fitted ? MICA_OK : fail_no_memory(err, r->spec);
    if (status == MICA_OK)
        status = join_list(&(join_list_request){r->ctx,
                                                MICA_OPTIONS(tabular, .join = list,
                                                             .fitted = fitted, .predicting = true),
                                                r->spec},
                           *t, &joined, err);
    if (joined) mica_table_destroy(t), *t = joined;
    json_decref(training);
    free(list), free(fitted);
    return status;
}

mica_status load_model_table(const data_request *r, mica_table **out, mica_error *err) {
    const char *path = r->spec;
    const source *s = dataset_source(r->spec, &path);
    const json_t *known = r->preprocessing ? r->preprocessing : known_preparation(r, s);
    json_t *o = known ? json_deep_copy(known) : json_object();
    add_writing(r, o, path);
    mica_status status = mica_table_read(
        r->ctx, path,
        MICA_OPTIONS(table, .format = config_member(o, "format"),
                     .separator = config_member(o, "separator"),
                     .likely_separator = config_member(o, "likely_separator"),
                     .encoding = config_member(o, "encoding"),
                     .likely_encoding = config_member(o, "likely_encoding"),
                     .no_header = json_is_true(json_object_get(o, "no_header")),
                     .query = config_member(o, "query"), .table = config_member(o, "table"),
                     .password_file = config_member(o, "password_file")),
        out, err);
    if (status == MICA_OK) status = join_as_trained(r, json_object_get(o, "join"), out, err);
    if (status != MICA_OK) mica_table_destroy(out);
    json_decref(o);
    return status;
}

/* ---- files of inputs ---- */

static mica_status array_as_tensor(mica_context *ctx, array_bytes *a, mica_tensor **out,
                                   mica_error *err) {
    *out = array_tensor(ctx, a);
    return mica_check(ctx, err);
}

bool takes_texts(const mica_model *m, int input) {
    return m->nodes[m->inputs[input].node].out_dtype[0] == MICA_STRING;
}

static input_wish wish_of(const mica_model *m, int input) {
    const bool texts = takes_texts(m, input);
    const shape *s = texts ? &(shape){0} : model_input_shape(m, input);
    const json_t *known = card_input(m, input);
    if (card_get(m, "table")) return (input_wish){.texts = texts}; /* of rows, or windows of them */
    return (input_wish){picture_wish_of(known, s), sound_wish_of(known, s), texts};
}

/* The array that is named as the input, or x, or the only one. */
static int pick_array(const mica_model *m, int input, const inputs *in) {
    const char *const names[] = {m->nodes[m->inputs[input].node].layer->name, "x"};
    for (size_t k = 0; k < LENGTH(names); k++)
        for (int i = 0; i < in->count; i++)
            if (!strcmp(in->name[i], names[k])) return i;
    return in->count == 1 ? 0 : -1;
}

/* Without its batch axis a tensor is one sample. */
static mica_status as_samples(const mica_model *m, int input, const char *name, mica_tensor **t,
                              mica_error *err) {
    const shape *wanted = model_input_shape(m, input);
    shape s = mica_tensor_shape(*t), rest = {.rank = wanted->rank - 1};
    char got[128], want[128];
    for (int i = 0; i < rest.rank; i++) rest.dims[i] = wanted->dims[i + 1];
    if (shape_fits(&rest, &s)) {
        shape one = {.rank = s.rank + 1, .dims = {1}};
        for (int i = 0; i < s.rank; i++) one.dims[i + 1] = s.dims[i];
        *t = mica_reshape(*t, one);
        return mica_check(m->ctx, err);
    }
    if (s.rank && !s.dims[0]) {
        shape_format(&s, got), shape_format(wanted, want);
        return fail(err, MICA_VALUE, "%s: no samples: an array of shape %s, the model expects %s",
                    name, got, want);
    }
    if (s.rank) return MICA_OK; /* samples; whether they fit the model says itself */
    shape_format(&s, got), shape_format(wanted, want);
    return fail(err, MICA_SHAPE, "%s: an array of shape %s, the model expects %s", name, got, want);
}

mica_status load_input(mica_model *m, int input, const char *path, mica_tensor **out,
                       mica_error *err) {
    inputs in;
    char text[128];
    const input_wish wish = wish_of(m, input);
    TRY(inputs_read(path, &wish, &in, err));
    int at = pick_array(m, input, &in);
    mica_status status = MICA_OK;
    shape_format(model_input_shape(m, input), text);
    if (in.picture && !wish.picture.channels)
        status = fail(err, MICA_SHAPE, "%s: a picture does not fit the model's input of shape %s",
                      path, text);
    else if (at < 0)
        status = fail(err, MICA_NAME, "%s: none of its %d arrays is named %s or x", path, in.count,
                      m->nodes[m->inputs[input].node].layer->name);
    else status = array_as_tensor(m->ctx, &in.array[at], out, err);
    inputs_free(&in);
    return status == MICA_OK ? as_samples(m, input, path, out, err) : status;
}

mica_status load_npy(mica_context *ctx, const char *path, mica_tensor **out, mica_error *err) {
    array_bytes a;
    TRY(npy_read(path, &a, err));
    return array_as_tensor(ctx, &a, out, err);
}
