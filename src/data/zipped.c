/* {"zip": [SPEC, …]}: arrays that are read beside each other. See dataset.h. What rows become of
 * pictures, sounds and tables lies on a model's card, for one source: what is predicted and served
 * is prepared by it. Arrays are taken as they are, so that nothing of it is lost here. */
#include "base/config.h"
#include "data/pipe.h"

#include <string.h>

json_t *spec_zip(const char *spec) {
    json_t *tree = spec[0] == '{' ? json_loads(spec, 0, NULL) : NULL,
           *list = json_incref(json_object_get(tree, "zip"));
    json_decref(tree);
    return list;
}

mica_status zip_check(const json_t *list, const char *what, mica_error *err) {
    char text[CONFIG_SHOWN];
    const size_t count = json_array_size(list);
    if (!json_is_array(list))
        return fail(err, MICA_TYPE, "%s: zip is %s, expected a list of paths", what,
                    config_show(list, text));
    if (count < 2 || count > MOST_PARTS)
        return fail(err, MICA_VALUE, "%s: zip of %zu source%s, expected 2 to %d", what, count,
                    count == 1 ? "" : "s", MOST_PARTS);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(list, i);
        if (!json_is_string(one) || !*json_string_value(one))
            return fail(err, MICA_TYPE, "%s: zip[%zu] is %s, expected a path", what, i,
                        config_show(one, text));
    }
    return MICA_OK;
}

static mica_status load_array(mica_context *ctx, const char *spec, mica_part part,
                              mica_dataset **out, mica_error *err) {
    const source *s = dataset_source(spec, NULL);
    if (s && (s->by_class || s->fits))
        return fail(err, MICA_UNSUPPORTED,
                    "%s is %s: zip reads arrays beside each other, expected .npz, .npy or IDX; "
                    "mica data convert makes arrays of it",
                    spec, s->what);
    return dataset_load_with(ctx, spec, NULL, part, out, err);
}

static mica_status load_arrays(mica_context *ctx, const json_t *list, mica_part part,
                               mica_dataset **parts, mica_error *err) {
    const size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++) {
        TRY(load_array(ctx, json_string_value(json_array_get(list, i)), part, &parts[i], err));
        if (parts[i]->has_parts != parts[0]->has_parts)
            return fail(err, MICA_VALUE,
                        "%s has a part of its own to test with, %s has none: expected all sources "
                        "with or without",
                        parts[parts[0]->has_parts ? 0 : i]->origin,
                        parts[parts[0]->has_parts ? i : 0]->origin);
    }
    return MICA_OK;
}

/* As many samples as the shortest has: what is left of the others is told. */
static void warn_of_rest(const mica_dataset *zipped, mica_dataset *const *parts, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (parts[i]->rows > zipped->rows)
            context_log(zipped->ctx, MICA_LOG_WARNING,
                        "zip: %s has %lld rows, another source %lld: the last %lld are not taken",
                        parts[i]->origin, (long long)parts[i]->rows, (long long)zipped->rows,
                        (long long)(parts[i]->rows - zipped->rows));
}

static mica_status zip_arrays(mica_context *ctx, mica_dataset *const *parts, size_t count,
                              const char *spec, mica_dataset **out, mica_error *err) {
    *out = mica_dataset_zip(parts, (int)count);
    TRY(mica_check(ctx, err));
    mica_dataset *d = *out;
    warn_of_rest(d, parts, count);
    d->origin = arena_text(&d->texts, spec);
    return d->origin ? MICA_OK : fail_no_memory(err, spec);
}

mica_status dataset_load_zipped(mica_context *ctx, const char *spec, const json_t *options,
                                mica_part part, mica_dataset **out, mica_error *err) {
    mica_dataset *parts[MOST_PARTS] = {NULL};
    json_t *list = spec_zip(spec);
    const char *option = json_object_iter_key(json_object_iter((json_t *)options));
    mica_status status = zip_check(list, spec, err);
    const size_t count = status == MICA_OK ? json_array_size(list) : 0;
    if (status == MICA_OK && option)
        status = fail(err, MICA_NAME, "%s: arrays that are zipped have no option '%s'", spec,
                      option);
    if (status == MICA_OK) status = load_arrays(ctx, list, part, parts, err);
    if (status == MICA_OK) status = zip_arrays(ctx, parts, count, spec, out, err);
    for (size_t i = 0; i < count; i++) mica_dataset_destroy(&parts[i]);
    json_decref(list);
    return status;
}
