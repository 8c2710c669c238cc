/* What `mica data preview` shows: see preview_data.h. */
#include "cli/preview_data.h"

#include "base/philox.h"
#include "cli/model_data.h"
#include "format/card.h"
#include "train/bind.h"

#include <math.h>
#include <string.h>

bool is_recipe(const char *argument) {
    size_t n = strlen(argument);
    return n > 5 && !strcmp(argument + n - 5, ".json");
}

/* ---- of a recipe ---- */

static mica_status open_recipe(preview_data *p, mica_error *err) {
    const preview_options *o = p->o;
    p->train_options = (train_options){.common = o->common,
                                       .set = o->set,
                                       .seed = o->seed,
                                       .batch_size = o->batch_size,
                                       .epochs = NOT_GIVEN,
                                       .validation_split = NAN,
                                       .learning_rate = NAN,
                                       .no_shuffle = o->no_shuffle};
    p->training.o = &p->train_options;
    return read_settings(&p->training, err);
}

/* How the pictures were prepared, by the recipe or by the model's card. */
static preprocess_mode mode_of(const training *t) {
    static const char *const names[] = PREPROCESS_MODES;
    const json_t *known = t->recipe.preprocessing;
    if (!known) known = json_object_get(card_get(t->model, "recipe"), "preprocessing");
    const char *name = json_string_value(json_object_get(known, "preprocess_input"));
    for (int i = 0; names[i] && name; i++)
        if (!strcmp(names[i], name)) return (preprocess_mode)i;
    return PREPROCESS_NONE;
}

static mica_status load_recipe(preview_data *p, mica_error *err) {
    training *t = &p->training;
    TRY(set_up_parts(t, err));
    p->data = t->train;
    p->mode = mode_of(t);
    return MICA_OK;
}

/* ---- of a SPEC ---- */

static bool mixes(const char *class) {
    return class && (!strcmp(class, "MixUp") || !strcmp(class, "CutMix"));
}

/* Sorts --augment into {"layers": […], "augment": […]}. */
static mica_status sort_augment(const option_texts *texts, json_t *sorted, mica_error *err) {
    json_object_set_new(sorted, "layers", json_array());
    json_object_set_new(sorted, "augment", json_array());
    for (int i = 0; i < texts->count; i++) {
        const char *text = texts->at[i], *class = text;
        json_t *entry = NULL;
        if (*text == '{') {
            TRY(config_parse(text, strlen(text), "--augment", &entry, err));
            class = json_string_value(json_object_get(entry, "class_name"));
            if (!class) class = json_object_iter_key(json_object_iter(entry));
        }
        json_array_append_new(json_object_get(sorted, mixes(class) ? "augment" : "layers"),
                              entry ? entry : json_string(text));
    }
    recipe_write_out(sorted, "augment");
    return MICA_OK;
}

/* A model of these layers for the pictures that there are. */
static mica_status model_of_layers(preview_data *p, json_t *layers, mica_model **out,
                                   mica_error *err) {
    int at = dataset_column(p->data, COLUMN_INPUT, 0);
    const shape *s = at < 0 ? &(shape){0} : &p->data->column[at].shape;
    json_t *extents = json_array();
    for (int i = 0; i < s->rank; i++)
        json_array_append_new(extents, json_integer((json_int_t)s->dims[i]));
    if (s->rank == 2) json_array_append_new(extents, json_integer(1));
    json_t *config = json_pack("{s:o, s:O}", "input", extents, "layers", layers);
    mica_status status = model_from_config(p->ctx, config, "--augment", out, err);
    json_decref(config);
    return status;
}

static mica_status load_spec(preview_data *p, json_t *sorted, mica_model **model, mica_error *err) {
    const preview_options *o = p->o;
    json_t *layers = json_object_get(sorted, "layers");
    TRY(load_samples(p->ctx, o->common.argument[0], &o->samples, &p->data, err));
    if (!json_array_size(layers)) return MICA_OK;
    TRY(model_of_layers(p, layers, model, err));
    return MICA_OK;
}

/* ---- the batch ---- */

static mica_status add_mixing(preview_data *p, const json_t *list, mica_error *err) {
    const json_t *item;
    size_t i;
    json_array_foreach(list, i, item) {
        char *text = json_is_string(item) ? NULL : config_text(item);
        const char *class = text ? json_string_value(json_object_get(item, "class_name"))
                                 : json_string_value(item);
        mica_status status = mixing_add(&p->mixing,
                                        text    ? text
                                        : class ? class
                                                : "",
                                        p->ctx->options.seed, err);
        free(text);
        TRY(status);
        p->mixed[i] = !strcmp(class, "MixUp") ? "MixUp" : "CutMix";
    }
    return MICA_OK;
}

/* Inputs of the model (of plain data the first one) and targets are mixed, as fit does. */
static mica_status open_mixing(preview_data *p, int64_t batch_size, mica_error *err) {
    const mica_dataset *d = p->data;
    mix_column columns[MAX_COLUMNS];
    bool mixed[MAX_COLUMNS] = {false};
    char names[MAX_COLUMNS][32];
    if (!p->mixing.steps) return MICA_OK;
    for (int i = 0; i < d->columns; i++) {
        bool target = d->column[i].role == COLUMN_TARGET;
        const shape *s = &d->column[i].shape;
        snprintf(names[i], sizeof names[i], "%s %s", target ? "target" : "input",
                 d->column[i].name);
        mixed[i] = d->column[i].role != COLUMN_WEIGHT;
        columns[i] = (mix_column){p->batches.feed[i].dtype, *s, target, names[i]};
        if (s->rank == 2 && !target) columns[i].shape.dims[columns[i].shape.rank++] = 1;
    }
    TRY(mixing_open(&p->mixing, columns, mixed, d->columns, batch_size, err));
    p->batches.mixing = &p->mixing;
    return MICA_OK;
}

static mica_status check_layers(const preview_data *p, const json_t *layers, mica_error *err) {
    size_t asked = p->of_recipe ? 0 : json_array_size(layers);
    if ((size_t)p->layers.count >= asked) return MICA_OK;
    const json_t *item = json_array_get(layers, (size_t)p->layers.count);
    const char *name = json_is_string(item)
                           ? json_string_value(item)
                           : json_object_iter_key(json_object_iter((json_t *)item));
    return fail(err, MICA_VALUE,
                "--augment %s: expected a layer that changes pictures, as RandomFlip, or MixUp, "
                "CutMix",
                name ? name : "");
}

static mica_status open_batches(preview_data *p, mica_model *model, json_t *sorted,
                                mica_error *err) {
    const preview_options *o = p->o;
    mica_dataset *d = p->data;
    feed feeds[MAX_COLUMNS];
    int64_t batch_size = p->of_recipe           ? p->training.recipe.batch_size
                         : given(o->batch_size) ? o->batch_size
                                                : 25;
    for (int i = 0; i < d->columns; i++) {
        const column *c = &d->column[i];
        feeds[i] = (feed){i, c->dtype, (size_t)shape_size(&c->shape) * mica_dtype_size(c->dtype)};
    }
    TRY(leading_layers_of(model, d, feeds, &p->layers, err));
    TRY(check_layers(p, json_object_get(sorted, "layers"), err));
    TRY(batches_open(&p->batches, d, 0, d->stream ? -1 : d->rows, batch_size, feeds, d->columns,
                     err));
    p->open = true;
    TRY(add_mixing(
        p, p->of_recipe ? p->training.recipe.augment : json_object_get(sorted, "augment"), err));
    return open_mixing(p, batch_size, err);
}

static mica_status load_and_open(preview_data *p, json_t *sorted, mica_error *err) {
    mica_model *model = NULL;
    TRY(p->of_recipe ? load_recipe(p, err) : sort_augment(&p->o->augment, sorted, err));
    if (p->of_recipe) model = p->training.model;
    else TRY(load_spec(p, sorted, &model, err));
    return open_batches(p, model, sorted, err);
}

mica_status preview_open(preview_data *p, mica_error *err) {
    const preview_options *o = p->o;
    uint64_t seed = given(o->seed) ? (uint64_t)o->seed : 0;
    p->of_recipe = is_recipe(o->common.argument[0]);
    if (p->of_recipe) {
        TRY(open_recipe(p, err));
        seed = (uint64_t)p->training.recipe.seed;
    }
    p->ctx = p->training.ctx = open_context(&o->common, seed);
    if (!p->ctx) return fail_no_memory(err, "preview");
    json_t *sorted = json_object();
    mica_status status = load_and_open(p, sorted, err);
    json_decref(sorted);
    return status;
}

void preview_close(preview_data *p) {
    if (p->open) batches_close(&p->batches);
    mixing_close(&p->mixing);
    recipe_free(&p->training.recipe);
}

mica_status preview_first(preview_data *p, int64_t *rows, mica_error *err) {
    const preview_options *o = p->o;
    bool shuffle = p->of_recipe ? !p->training.recipe.no_shuffle : !o->no_shuffle;
    uint64_t key = p->of_recipe     ? philox_key(p->ctx->options.seed, "shuffle")
                   : given(o->seed) ? (uint64_t)o->seed
                                    : 0;
    batches_begin(&p->batches, shuffle, key, 0);
    return batches_next(&p->batches, rows, err);
}

void preview_names(const preview_data *p, strbuf *out) {
    if (p->layers.count) leading_names(&p->layers, out);
    for (int i = 0; i < p->mixing.steps; i++)
        strbuf_add(out, "%s%s", out->length ? ", " : "", p->mixed[i]);
}
