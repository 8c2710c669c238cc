/* Samples for the commands of `mica data`: see data_pictures.h. */
#include "cli/data_pictures.h"

#include <stdlib.h>

#define MOST_PIXELS_ASIDE 65535

/* "224x256" or "224". */
static mica_status parse_size(const char *text, json_t *options, mica_error *err) {
    char *end;
    long height = strtol(text, &end, 10), width = height;
    if (*end == 'x' || *end == 'X') width = strtol(end + 1, &end, 10);
    if (*end || height < 1 || width < 1 || height > MOST_PIXELS_ASIDE || width > MOST_PIXELS_ASIDE)
        return fail(err, MICA_VALUE, "--image-size %s: expected HxW, each from 1 to %d", text,
                    MOST_PIXELS_ASIDE);
    json_object_set_new(options, "image_size", json_pack("[i, i]", (int)height, (int)width));
    return MICA_OK;
}

mica_status pictures_json(const picture_options *o, json_t *options, mica_error *err) {
    const struct {
        const char *name, *text;
    } texts[] = {{"color_mode", o->color_mode},
                 {"interpolation", o->interpolation},
                 {"label_mode", o->label_mode},
                 {"subset", o->subset}};
    const struct {
        const char *name;
        bool given;
    } flags[] = {{"fast_decode", o->fast_decode},
                 {"crop_to_aspect_ratio", o->crop},
                 {"pad_to_aspect_ratio", o->pad}};
    if (o->image_size) TRY(parse_size(o->image_size, options, err));
    for (size_t i = 0; i < LENGTH(texts); i++)
        if (texts[i].text) json_object_set_new(options, texts[i].name, json_string(texts[i].text));
    for (size_t i = 0; i < LENGTH(flags); i++)
        if (flags[i].given) json_object_set_new(options, flags[i].name, json_true());
    if (real_given(o->validation_split))
        json_object_set_new(options, "validation_split", json_real(o->validation_split));
    if (real_given(o->max_broken))
        json_object_set_new(options, "max_broken", json_real(o->max_broken));
    return MICA_OK;
}

/* filled: the missing cells of a table are, which training asks to be told how, and its texts are
 * categories beside the numbers. */
static mica_status load(mica_context *ctx, const char *spec, const sample_options *o, bool filled,
                        mica_dataset **out, mica_error *err) {
    const source *s = filled ? dataset_source(spec, NULL) : NULL;
    json_t *options = s && s->fits ? json_pack("{s:s, s:s, s:b}", "impute", "constant", "inputs",
                                               "grouped", "text_categories", 1)
                                   : json_object();
    mica_status status = options ? pictures_json(&o->pictures, options, err)
                                 : fail_no_memory(err, spec);
    if (status == MICA_OK) status = query_json(&o->query, options, err);
    if (status == MICA_OK)
        status = dataset_load_with(ctx, spec, options, o->test ? MICA_TEST : MICA_TRAIN, out, err);
    json_decref(options);
    return status;
}

mica_status load_samples(mica_context *ctx, const char *spec, const sample_options *o,
                         mica_dataset **out, mica_error *err) {
    return load(ctx, spec, o, false, out, err);
}

mica_status load_any_samples(mica_context *ctx, const char *spec, const sample_options *o,
                             mica_dataset **out, mica_error *err) {
    return load(ctx, spec, o, true, out, err);
}

mica_status open_samples(batches *b, mica_dataset *d, int64_t batch_size, mica_error *err) {
    feed feeds[MAX_COLUMNS];
    for (int i = 0; i < d->columns; i++)
        feeds[i] = (feed){i, d->column[i].dtype,
                          (size_t)shape_size(&d->column[i].shape) *
                              mica_dtype_size(d->column[i].dtype)};
    return batches_open(b, d, 0, d->rows, batch_size, feeds, d->columns, err);
}
