/* audio_folder: class folders of sounds: root/<class>/…/<name>.wav or .flac. x (frames, channels)
 * float32, y by label_mode: int (int32), categorical (one-hot float32), binary (float32 (1)), none.
 * All have the channels of the first one that can be read, and its rate or the one that is given,
 * to which the others are resampled; where they are of different length, output_sequence_length
 * says which, for there are no ragged batches. Source: keras.utils.audio_dataset_from_directory. */
#include "codec/sound.h"
#include "data/sound_read.h"
#include "transform/sound_rate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OWNER mica_audio_folder_options
#define MOST_FRAMES 1000000000

static const field audio_folder_fields[] = {
    INTEGER(OWNER, output_sequence_length, NULLABLE, .min = 1, .max = MOST_FRAMES,
            .help = "frames of every sample; null: what all have"),
    INTEGER(
        OWNER, sampling_rate, NULLABLE, .min = 1, .max = INT32_MAX,
        .help =
            "frames a second; others are resampled; null: the first one's, which all must have"),
    CLASS_FOLDER_FIELDS(OWNER), END_OF_FIELDS};

static bool is_sound_name(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && dot != name && (!strcasecmp(dot, ".wav") || !strcasecmp(dot, ".flac"));
}

const file_kind sound_kind = {"sounds", "sound.wav", is_sound_name, "audio_folder"};

enum { MOST_RATES = 16 };

/* What the files are before anything is done with them. */
typedef struct survey {
    int64_t rate[MOST_RATES], files[MOST_RATES], *frames; /* frames: at the rate of all */
    size_t rates, count;
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
    bool resamples; /* a rate was given */
} looking;

static void count_rate(survey *v, int64_t rate) {
    size_t i = 0;
    while (i < v->rates && v->rate[i] != rate) i++;
    if (i == MOST_RATES) return;
    if (i == v->rates) v->rate[v->rates++] = rate;
    v->files[i]++;
}

/* Whether it is as those before it; the first one says what they are. */
static mica_status look_at(void *arg, size_t i, const char *path, const file_bytes *file,
                           mica_error *err) {
    looking *l = arg;
    audio_folder *f = l->f;
    sound_facts s = {0};
    TRY(sound_look(file->data, file->size, path, &s, err));
    count_rate(&f->survey, s.rate);
    if (!f->shape.rate) f->shape.rate = s.rate;
    if (s.rate != f->shape.rate && !l->resamples)
        return fail(err, MICA_FORMAT,
                    "%s: %lld frames a second, expected %lld; sampling_rate brings all to one rate",
                    path, (long long)s.rate, (long long)f->shape.rate);
    if (s.rate != f->shape.rate) {
        TRY(sound_rate_change(NULL, 0, 1, s.rate, f->shape.rate, 0, NULL, path, err));
        s.frames = sound_rate_frames(s.frames, s.rate, f->shape.rate);
    }
    if (!f->shape.channels) f->shape.channels = s.channels;
    if (s.channels != f->shape.channels)
        return fail(err, MICA_FORMAT, "%s: %lld channels, expected %lld", path,
                    (long long)s.channels, (long long)f->shape.channels);
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

/* ---- what else a dataset has ---- */

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    const audio_folder *f = d->state;
    return class_digest(&f->list, h, err);
}

/* Adds "sounds": rate, channels and frames of samples; rates and lengths of the files. */
static mica_status describe(const mica_dataset *d, json_t *out, mica_error *err) {
    const audio_folder *f = d->state;
    const survey *v = &f->survey;
    json_t *rates = json_array();
    for (size_t i = 0; i < v->rates; i++)
        json_array_append_new(rates,
                              json_pack("{s:I, s:I}", "sampling_rate", (json_int_t)v->rate[i],
                                        "files", (json_int_t)v->files[i]));
    json_t *sounds = json_pack("{s:o, s:o, s:I, s:I, s:I, s:f}", "rates", rates, "lengths",
                               class_extent(v->frames, v->count), "sampling_rate",
                               (json_int_t)f->shape.rate, "channels", (json_int_t)f->shape.channels,
                               "frames", (json_int_t)f->shape.frames, "seconds",
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
             "{\"output_sequence_length\": %lld, \"sampling_rate\": %lld, \"channels\": %lld}",
             (long long)f->shape.frames, (long long)f->shape.rate, (long long)f->shape.channels);
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
    if (!sound_crew_open(&f->crew, mica_threads(d->ctx))) return fail_no_memory(err, r->path);
    if (!sound_supported())
        return fail(err, MICA_UNSUPPORTED, "%s: this build reads no sounds: it lacks libsndfile",
                    r->path);
    TRY(class_open(&f->list, r, &choice, &sound_kind, d, err));
    TRY(dataset_may_break(d, (int64_t)f->list.count, o->max_broken, err));
    looking l = {.f = f};
    f->survey.frames = allocate(f->list.count, sizeof *f->survey.frames);
    if (!f->survey.frames) return fail_no_memory(err, r->path);
    l.resamples = o->sampling_rate != NO_INTEGER;
    if (l.resamples) f->shape.rate = o->sampling_rate;
    TRY(class_look_at_all(d, &f->list, look_at, &l, err));
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
