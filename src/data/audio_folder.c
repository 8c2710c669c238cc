/* audio_folder: class folders of sounds: root/<class>/…/<name>.wav or .flac. x (frames, channels)
 * float32, y by label_mode: int (int32), categorical (one-hot float32), binary (float32 (1)), none.
 * All have as many channels, or are mixed down to one (which Keras has not); they have the rate of
 * the first one or the one that is given, to which the others are resampled; where they are of
 * different length, output_sequence_length says which, for there are no ragged batches.
 * Source: keras.utils.audio_dataset_from_directory. */
#include "codec/sound.h"
#include "data/sound_read.h"
#include "transform/sound_rate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const channel_modes[] = {"keep", "mono", NULL};

#define OWNER mica_audio_folder_options
#define MOST_FRAMES 1000000000

static const field audio_folder_fields[] = {
    INTEGER(OWNER, output_sequence_length, NULLABLE, .min = 1, .max = MOST_FRAMES,
            .help = "frames of every sample; null: what all have"),
    INTEGER(
        OWNER, sampling_rate, NULLABLE, .min = 1, .max = INT32_MAX,
        .help =
            "frames a second; others are resampled; null: the first one's, which all must have"),
    TEXT(OWNER, channels, "keep", .choices = channel_modes,
         .help = "keep: those that all have; mono: the mean of all channels"),
    CLASS_FOLDER_FIELDS(OWNER), END_OF_FIELDS};

static bool is_sound_name(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && dot != name && (!strcasecmp(dot, ".wav") || !strcasecmp(dot, ".flac"));
}

const file_kind sound_kind = {"sounds", "sound.wav", is_sound_name, "audio_folder"};

/* How many files have each of some numbers. */
enum { MOST_COUNTED = 16 };
typedef struct file_counts {
    int64_t number[MOST_COUNTED], files[MOST_COUNTED];
    size_t count;
} file_counts;

/* What the files are before anything is done with them. */
typedef struct survey {
    file_counts rates, channels;
    int64_t *frames; /* at the rate of all */
    size_t count;
} survey;

typedef struct audio_folder {
    class_list list;
    survey survey;
    sound_shape shape;
    sound_crew crew;
} audio_folder;

/* ---- rows ---- */

static mica_status gather(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err) {
    audio_folder *f = d->state;
    if (d->column[at].role != COLUMN_INPUT)
        return class_gather_labels(d, &f->list, at, rows, count, dtype, out, err);
    for (int64_t i = 0; i < count; i++)
        if (rows[i] >= d->rows)
            return fail(err, MICA_INTERNAL, "row %u of %lld", rows[i], (long long)d->rows);
    return gather_sounds(d, &f->list, &f->crew, &f->shape, rows, count, dtype, out, err);
}

/* ---- loading ---- */

typedef struct looking {
    audio_folder *f;
    const char *first, *other; /* paths: of the first one, and of one of another length: */
    int64_t other_frames;
    const char *unlike; /* the path of one with other channels than the first one: */
    int64_t unlike_channels;
    bool resamples; /* a rate was given */
} looking;

static void count_file(file_counts *c, int64_t number) {
    size_t i = 0;
    while (i < c->count && c->number[i] != number) i++;
    if (i == MOST_COUNTED) return;
    if (i == c->count) c->number[c->count++] = number;
    c->files[i]++;
}

/* Whether it is as those before it; the first one says what they are. */
static mica_status look_at(void *arg, size_t i, const char *path, const file_bytes *file,
                           mica_error *err) {
    looking *l = arg;
    audio_folder *f = l->f;
    sound_facts s = {0};
    TRY(sound_look(file->data, file->size, path, &s, err));
    count_file(&f->survey.rates, s.rate);
    if (!f->shape.rate) f->shape.rate = s.rate;
    if (s.rate != f->shape.rate && !l->resamples)
        return fail(err, MICA_FORMAT,
                    "%s: %lld frames a second, expected %lld; sampling_rate brings all to one rate",
                    path, (long long)s.rate, (long long)f->shape.rate);
    if (s.rate != f->shape.rate) {
        TRY(sound_rate_change(NULL, 0, 1, s.rate, f->shape.rate, 0, NULL, path, err));
        s.frames = sound_rate_frames(s.frames, s.rate, f->shape.rate);
    }
    count_file(&f->survey.channels, s.channels);
    if (!f->shape.channels) f->shape.channels = f->shape.mono ? 1 : s.channels;
    if (s.channels != f->shape.channels && !l->unlike)
        l->unlike = f->list.file[i].path, l->unlike_channels = s.channels;
    f->survey.frames[f->survey.count++] = s.frames;
    if (!l->first) l->first = f->list.file[i].path, f->shape.frames = s.frames;
    if (s.frames != f->shape.frames && !l->other)
        l->other = f->list.file[i].path, l->other_frames = s.frames;
    return MICA_OK;
}

static mica_status take_length(const looking *l, int64_t wanted, mica_error *err) {
    audio_folder *f = l->f;
    if (wanted == NO_INTEGER && l->other)
        return fail(err, MICA_VALUE,
                    "%s: sounds of different length (%s %lld frames, %s %lld), expected an "
                    "output_sequence_length: there are no ragged batches",
                    f->list.tree.root, l->first, (long long)f->shape.frames, l->other,
                    (long long)l->other_frames);
    if (wanted != NO_INTEGER) f->shape.frames = wanted;
    if (f->shape.frames >= 1 && f->shape.frames <= MOST_FRAMES) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: sounds of %lld frames, expected an output_sequence_length",
                f->list.tree.root, (long long)f->shape.frames);
}

static mica_status check_channels(const looking *l, mica_error *err) {
    const audio_folder *f = l->f;
    if (!l->unlike || f->shape.mono) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: sounds of different channels (%s %lld, %s %lld), expected as many in all; "
                "channels \"mono\" makes one of them",
                f->list.tree.root, l->first, (long long)f->shape.channels, l->unlike,
                (long long)l->unlike_channels);
}

/* ---- what else a dataset has ---- */

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    const audio_folder *f = d->state;
    return class_digest(&f->list, h, err);
}

static json_t *counts_json(const file_counts *c, const char *what) {
    json_t *list = json_array();
    for (size_t i = 0; i < c->count; i++)
        json_array_append_new(list, json_pack("{s:I, s:I}", what, (json_int_t)c->number[i], "files",
                                              (json_int_t)c->files[i]));
    return list;
}

/* Frames at the rate of all as seconds: {"min", "mean", "median", "max"}; null: there are none. */
static json_t *durations_json(const json_t *lengths, int64_t rate) {
    const char *key;
    json_t *value, *out = json_is_object(lengths) ? json_object() : json_null();
    json_object_foreach((json_t *)lengths, key, value)
        json_object_set_new(out, key, json_real(json_number_value(value) / (double)rate));
    return out;
}

/* Adds "sounds": rate, channels and frames of samples; rates, channels, lengths (in frames of that
 * rate) and durations (in seconds) of the files. */
static mica_status describe(const mica_dataset *d, json_t *out, mica_error *err) {
    const audio_folder *f = d->state;
    const survey *v = &f->survey;
    json_t *lengths = class_extent(v->frames, v->count),
           *durations = durations_json(lengths, f->shape.rate);
    json_t *sounds = json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:f}", "rates",
                               counts_json(&v->rates, "sampling_rate"), "channel_counts",
                               counts_json(&v->channels, "channels"), "lengths", lengths,
                               "durations", durations, "sampling_rate", (json_int_t)f->shape.rate,
                               "channels", (json_int_t)f->shape.channels, "frames",
                               (json_int_t)f->shape.frames, "seconds",
                               (double)f->shape.frames / (double)f->shape.rate);
    return sounds && !json_object_set_new(out, "sounds", sounds)
               ? MICA_OK
               : fail_no_memory(err, f->list.tree.root);
}

static void destroy(mica_dataset *d) {
    audio_folder *f = d->state;
    class_close(&f->list);
    sound_crew_close(&f->crew);
    free(f->survey.frames);
    free(f);
}

static const char *preparation(mica_dataset *d, const audio_folder *f) {
    char text[160];
    snprintf(text, sizeof text,
             "{\"output_sequence_length\": %lld, \"sampling_rate\": %lld, \"channels\": %lld%s}",
             (long long)f->shape.frames, (long long)f->shape.rate, (long long)f->shape.channels,
             f->shape.mono ? ", \"mono\": true" : "");
    return arena_text(&d->texts, text);
}

static mica_status audio_folder_load(const source_request *r, mica_dataset *d, mica_error *err) {
    const OWNER *o = r->options;
    const class_choice choice = CLASS_CHOICE_OF(o);
    audio_folder *f = d->state = allocate(1, sizeof *f);
    if (!f) return fail_memory(err, sizeof *f, r->path);
    d->destroy = destroy;
    d->gather = gather;
    d->digest = digest;
    d->describe = describe;
    d->slow = true;
    d->sounds = true;
    if (!sound_crew_open(&f->crew, context_workers(d->ctx))) return fail_no_memory(err, r->path);
    if (!sound_supported())
        return fail(err, MICA_UNSUPPORTED, "%s: this build reads no sounds: it lacks libsndfile",
                    r->path);
    TRY(class_open(&f->list, r, &choice, &sound_kind, d, err));
    TRY(dataset_may_break(d, (int64_t)f->list.count, o->max_broken, err));
    looking l = {.f = f};
    f->survey.frames = allocate(f->list.count, sizeof *f->survey.frames);
    if (!f->survey.frames) return fail_no_memory(err, r->path);
    f->shape.mono = !strcmp(o->channels, "mono");
    l.resamples = o->sampling_rate != NO_INTEGER;
    if (l.resamples) f->shape.rate = o->sampling_rate;
    TRY(class_look_at_all(d, &f->list, look_at, &l, err));
    TRY(check_channels(&l, err));
    TRY(take_length(&l, o->output_sequence_length, err));
    d->rows = (int64_t)f->list.count;
    d->preparation = preparation(d, f);
    dataset_add_column(d, "x", COLUMN_INPUT, MICA_FLOAT32,
                       &(shape){2, {f->shape.frames, f->shape.channels}});
    return class_add_labels(d, &f->list, err);
}

static bool audio_folder_probe(const char *path) { return class_folder_probe(path, &sound_kind); }

const source source_audio_folder = {"audio_folder",      "class folders of sounds (WAV, FLAC)",
                                    audio_folder_fields, sizeof(OWNER),
                                    audio_folder_probe,  audio_folder_load,
                                    .by_class = true};
