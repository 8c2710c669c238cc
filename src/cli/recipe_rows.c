/* What a recipe says of the rows that are trained on: data.resample, and validation_split as an
 * object. See recipe.h. */
#include "cli/recipe.h"

#include "batch/resample.h"
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

typedef struct split_settings {
    double fraction;
    bool stratify, no_shuffle;
    const char *groups, *time;
} split_settings;

#define OWNER split_settings
static const field split_fields[] = {
    REAL(OWNER, fraction, REQUIRED, .max = 1), BOOLEAN(OWNER, stratify),
    NEGATED(OWNER, no_shuffle, "shuffle"),     TEXT(OWNER, groups, NULL, NULLABLE),
    TEXT(OWNER, time, NULL, NULLABLE),         END_OF_FIELDS};

mica_status recipe_read_split(recipe *r, const json_t *value, mica_error *err) {
    split_settings s = {0};
    TRY(fields_read(split_fields, &s, value, &r->arena, NULL, "validation_split", err));
    if (!(s.fraction > 0 && s.fraction < 1))
        return fail(err, MICA_VALUE,
                    "validation_split: fraction is %g, expected more than 0 and less than 1",
                    s.fraction);
    if (s.stratify && s.no_shuffle)
        return fail(err, MICA_VALUE,
                    "validation_split: stratify with shuffle false, expected one of them");
    if (s.time && (s.groups || s.stratify))
        return fail(err, MICA_VALUE,
                    "validation_split: time, and groups or stratify, expected one of them");
    if (s.groups && s.no_shuffle)
        return fail(err, MICA_VALUE,
                    "validation_split: groups with shuffle false, expected one of them");
    r->split_groups = s.groups;
    r->split_time = s.time;
    r->validation_split = s.fraction;
    r->splits_rows = true;
    r->stratify = s.stratify;
    r->no_split_shuffle = s.no_shuffle;
    return MICA_OK;
}

json_t *recipe_split_json(const recipe *r) {
    if (r->validation) return json_real(0);
    if (!r->splits_rows) return json_real(r->validation_split);
    json_t *split = json_pack("{s:f, s:b, s:b}", "fraction", r->validation_split, "stratify",
                              r->stratify, "shuffle", !r->no_split_shuffle);
    if (r->split_groups) json_object_set_new(split, "groups", json_string(r->split_groups));
    if (r->split_time) json_object_set_new(split, "time", json_string(r->split_time));
    return split;
}

/* ---- data.windows, data.join ---- */

/* What the source does is an option of it, and lies on the card with the others. */
static void move_to_source(json_t *data, const char *key) {
    json_t *preparing = json_object_get(data, "preprocessing"), *value = json_object_get(data, key);
    if (value && !json_is_null(value)) {
        if (!preparing || json_is_null(preparing))
            json_object_set_new(data, "preprocessing", preparing = json_object());
        if (json_is_object(preparing)) json_object_set(preparing, key, value);
    }
    json_object_del(data, key);
}

void recipe_read_source(json_t *data) {
    static const char *const keys[] = {"join", "filter", "clean"};
    for (size_t i = 0; i < LENGTH(keys); i++) move_to_source(data, keys[i]);
}

bool place_joins(json_t *preprocessing, placed_path *place, void *arg) {
    static const char *const files[] = {"with", "password_file"};
    json_t *join = json_object_get(preprocessing, "join"), *entry;
    const size_t count = json_is_array(join) ? json_array_size(join) : join != NULL;
    for (size_t i = 0; i < count * LENGTH(files); i++) {
        const char *key = files[i % LENGTH(files)];
        entry = json_is_array(join) ? json_array_get(join, i / LENGTH(files)) : join;
        const char *file = json_string_value(json_object_get(entry, key));
        if (file && json_object_set_new(entry, key, place(arg, file))) return false;
    }
    return true;
}

mica_status recipe_read_windows(recipe *r, json_t *data, mica_error *err) {
    mica_windows_options o = mica_windows_defaults();
    move_to_source(data, "windows");
    const json_t *windows = json_object_get(json_object_get(data, "preprocessing"), "windows");
    r->has_windows = windows && !json_is_null(windows);
    return r->has_windows
               ? fields_read(windows_fields, &o, windows, &r->arena, NULL, "data.windows", err)
               : MICA_OK;
}

/* ---- data.resample ---- */

#define MOST_CLASSES 1000000

/* {"0": 500, "3": 200}: how many rows each class shall have. */
static mica_status read_counts(recipe *r, const json_t *counts, mica_error *err) {
    const char *key;
    json_t *value;
    char text[CONFIG_SHOWN];
    long most = -1;
    if (!json_is_object(counts) || !json_object_size(counts))
        return fail(err, MICA_TYPE,
                    "data.resample: counts is %s, expected an object like {\"0\": 500}",
                    config_show(counts, text));
    json_object_foreach((json_t *)counts, key, value) {
        char *end;
        long class = strtol(key, &end, 10);
        if (*end || end == key || class < 0 || class >= MOST_CLASSES)
            return fail(err, MICA_VALUE,
                        "data.resample: counts: the key '%.60s' is no class, expected a number "
                        "from 0, like {\"0\": 500}",
                        key);
        if (!json_is_integer(value) || json_integer_value(value) < 1)
            return fail(err, MICA_VALUE,
                        "data.resample: counts: class %ld is %s, expected a whole number from 1",
                        class, config_show(value, text));
        if (class > most) most = class;
    }
    int64_t *list = arena_take(&r->arena, sizeof *list * (size_t)(most + 1));
    if (!list) return fail_memory(err, sizeof *list * (size_t)(most + 1), "data.resample");
    json_object_foreach((json_t *)counts, key, value)
        list[strtol(key, NULL, 10)] = (int64_t)json_integer_value(value);
    r->resample.counts = list;
    r->resample.count_count = (int)most + 1;
    return MICA_OK;
}

static mica_status read_options(recipe *r, const json_t *value, const json_t *counts,
                                mica_error *err) {
    r->resample = mica_resample_defaults();
    TRY(fields_read(resample_fields, &r->resample, value, &r->arena, NULL, "data.resample", err));
    if (counts && r->resample.ratio != 0)
        return fail(err, MICA_VALUE, "data.resample: ratio and counts, expected one of them");
    return counts ? read_counts(r, counts, err) : MICA_OK;
}

mica_status recipe_read_resample(recipe *r, const json_t *data, mica_error *err) {
    const json_t *value = json_object_get(data, "resample");
    char text[CONFIG_SHOWN];
    if (!value || json_is_null(value)) return MICA_OK;
    if (!json_is_string(value) && !json_is_object(value))
        return fail(err, MICA_TYPE,
                    "data.resample is %s, expected \"over\", \"under\", \"smote\" or an object "
                    "with such a method",
                    config_show(value, text));
    json_t *options = json_is_string(value) ? json_pack("{s:O}", "method", value)
                                            : json_copy((json_t *)value);
    if (!options) return fail_no_memory(err, "data.resample");
    json_object_del(options, "counts");
    mica_status status = read_options(r, options, json_object_get(value, "counts"), err);
    json_decref(options);
    r->resampling = value;
    return status;
}

/* ---- data.skip, data.take, data.shard, data.cache, and how rows come ---- */

typedef struct pipeline_settings {
    int64_t count, index, buffer_size;
    bool no_reshuffle;
    const char *cache;
} pipeline_settings;

#undef OWNER
#define OWNER pipeline_settings
static const field shard_fields[] = {INTEGER(OWNER, count, REQUIRED, .max = 1e9),
                                     INTEGER(OWNER, index, REQUIRED, .max = 1e9), END_OF_FIELDS};

static const field shuffle_fields[] = {INTEGER(OWNER, buffer_size, REQUIRED, .min = 1, .max = 1e12),
                                       NEGATED(OWNER, no_reshuffle, "reshuffle"), END_OF_FIELDS};

#define MOST_ROWS INT64_C(1000000000000)

static mica_status read_count(const json_t *data, const char *key, int64_t most, int64_t *out,
                              mica_error *err) {
    const json_t *value = json_object_get(data, key);
    char text[CONFIG_SHOWN];
    if (!value || json_is_null(value)) return MICA_OK;
    *out = (int64_t)json_integer_value(value);
    if (json_is_integer(value) && *out >= 1 && *out <= most) return MICA_OK;
    return fail(err, MICA_VALUE, "data.%s is %s, expected a whole number from 1 to %lld", key,
                config_show(value, text), (long long)most);
}

/* In which order, how often and how far ahead the rows come that are trained on. */
static mica_status read_coming(recipe *r, const json_t *data, mica_error *err) {
    const json_t *shuffle = json_object_get(data, "shuffle");
    pipeline_settings s = {0};
    TRY(read_count(data, "repeat", 1000000, &r->repeat, err));
    TRY(read_count(data, "prefetch", 64, &r->prefetch, err));
    TRY(read_count(data, "workers", MICA_MAX_THREADS, &r->workers, err));
    if (!shuffle || json_is_null(shuffle)) return MICA_OK;
    TRY(fields_read(shuffle_fields, &s, shuffle, &r->arena, NULL, "data.shuffle", err));
    r->shuffle_buffer = s.buffer_size;
    r->no_reshuffle = s.no_reshuffle;
    return MICA_OK;
}

mica_status recipe_read_pipeline(recipe *r, const json_t *data, mica_error *err) {
    const json_t *shard = json_object_get(data, "shard"), *cache = json_object_get(data, "cache");
    pipeline_settings s = {0};
    char text[CONFIG_SHOWN];
    TRY(read_count(data, "skip", MOST_ROWS, &r->skip, err));
    TRY(read_count(data, "take", MOST_ROWS, &r->take, err));
    if (cache && !json_is_null(cache)) {
        if (!json_is_string(cache) || !*json_string_value(cache))
            return fail(err, MICA_TYPE, "data.cache is %s, expected \"memory\" or a path",
                        config_show(cache, text));
        r->cache = json_string_value(cache);
    }
    TRY(read_coming(r, data, err));
    if (!shard || json_is_null(shard)) return MICA_OK;
    TRY(fields_read(shard_fields, &s, shard, &r->arena, NULL, "data.shard", err));
    if (s.count < 1 || s.index < 0 || s.index >= s.count)
        return fail(err, MICA_VALUE, "data.shard: index %lld of %lld, expected 0 to count - 1",
                    (long long)s.index, (long long)s.count);
    r->shard_count = s.count;
    r->shard_index = s.index;
    return MICA_OK;
}

void recipe_put_pipeline(const recipe *r, json_t *data) {
    if (r->skip) json_object_set_new(data, "skip", json_integer((json_int_t)r->skip));
    if (r->take) json_object_set_new(data, "take", json_integer((json_int_t)r->take));
    if (r->shard_count)
        json_object_set_new(data, "shard",
                            json_pack("{s:I, s:I}", "count", (json_int_t)r->shard_count, "index",
                                      (json_int_t)r->shard_index));
    if (r->shuffle_buffer)
        json_object_set_new(data, "shuffle",
                            json_pack("{s:I, s:b}", "buffer_size", (json_int_t)r->shuffle_buffer,
                                      "reshuffle", !r->no_reshuffle));
    if (r->interleave) json_object_set_new(data, "interleave", json_deep_copy(r->interleave));
    if (r->sample) json_object_set_new(data, "sample", json_deep_copy(r->sample));
    if (r->repeat) json_object_set_new(data, "repeat", json_integer((json_int_t)r->repeat));
    if (r->prefetch) json_object_set_new(data, "prefetch", json_integer((json_int_t)r->prefetch));
    if (r->workers) json_object_set_new(data, "workers", json_integer((json_int_t)r->workers));
}
