/* audio_folder: class folders of sounds: root/<class>/…/<name>.wav or .flac. x (frames, channels)
 * float32, y by label_mode: int (int32), categorical (one-hot float32), binary (float32 (1)), none.
 * All have the rate and the channels of the first one that can be read; where they are of different
 * length, output_sequence_length says which, for there are no ragged batches. Source:
 * keras.utils.audio_dataset_from_directory. */
#include "codec/sound.h"
#include "data/class_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OWNER mica_audio_folder_options
#define MOST_FRAMES 1000000000

static const field audio_folder_fields[] = {
    INTEGER(OWNER, output_sequence_length, NULLABLE, .min = 1, .max = MOST_FRAMES,
            .help = "frames of every sample; null: what all have"),
    INTEGER(OWNER, sampling_rate, NULLABLE, .min = 1, .max = INT32_MAX,
            .help = "frames a second that all have; null: the first one's"),
    CLASS_FOLDER_FIELDS(OWNER), END_OF_FIELDS};

static bool is_sound_name(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && dot != name && (!strcasecmp(dot, ".wav") || !strcasecmp(dot, ".flac"));
}

const file_kind sound_kind = {"sounds", "sound.wav", is_sound_name, "audio_folder"};

typedef struct audio_folder {
    class_list list;
    int64_t frames, channels, rate;
} audio_folder;

/* ---- rows ---- */

static mica_status read_sound(const audio_folder *f, size_t i, file_bytes *file, size_t *room,
                              float *out, mica_error *err) {
    char path[4096];
    TRY(tree_read(&f->list.tree, f->list.file[i].path, file, room, err));
    tree_path(&f->list.tree, f->list.file[i].path, path);
    return sound_decode(file->data, file->size, path, f->frames, f->channels, out, err);
}

static mica_status gather_sounds(const mica_dataset *d, const uint32_t *rows, int64_t count,
                                 mica_dtype dtype, char *out, mica_error *err) {
    const audio_folder *f = d->state;
    int64_t each = f->frames * f->channels;
    size_t bytes = (size_t)each * mica_dtype_size(dtype), room = 0;
    float *own = dtype == MICA_FLOAT32 ? NULL : allocate((size_t)each, sizeof *own);
    file_bytes file = {0};
    mica_status status = own || dtype == MICA_FLOAT32
                             ? MICA_OK
                             : fail_memory(err, (size_t)each * sizeof *own, f->list.tree.root);
    for (int64_t i = 0; i < count && status == MICA_OK; i++) {
        char *to = out + (size_t)i * bytes, path[4096];
        mica_error why = {0};
        mica_status one = read_sound(f, rows[i], &file, &room, own ? own : (float *)(void *)to,
                                     &why);
        if (one == MICA_MEMORY) status = fail(err, one, "%s", why.message);
        else if (one == MICA_OK && own) convert(MICA_FLOAT32, own, dtype, to, each);
        else if (one != MICA_OK) {
            memset(to, 0, bytes);
            tree_path(&f->list.tree, f->list.file[rows[i]].path, path);
            status = dataset_report(d, rows[i], path, why.message, err);
        }
    }
    free(file.data);
    free(own);
    return status;
}

static mica_status gather(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err) {
    const audio_folder *f = d->state;
    if (d->column[at].role != COLUMN_INPUT)
        return class_gather_labels(d, &f->list, at, rows, count, dtype, out, err);
    for (int64_t i = 0; i < count; i++)
        if (rows[i] >= d->rows)
            return fail(err, MICA_INTERNAL, "row %u of %lld", rows[i], (long long)d->rows);
    return gather_sounds(d, rows, count, dtype, out, err);
}

/* ---- loading ---- */

typedef struct looking {
    audio_folder *f;
    const char *first, *other; /* paths: of the first one, and of one of another length: */
    int64_t other_frames;
} looking;

/* Whether it is as those before it; the first one says what they are. */
static mica_status look_at(void *arg, size_t i, const char *path, const file_bytes *file,
                           mica_error *err) {
    looking *l = arg;
    audio_folder *f = l->f;
    sound_facts s = {0};
    TRY(sound_look(file->data, file->size, path, &s, err));
    if (!f->rate) f->rate = s.rate;
    if (s.rate != f->rate)
        return fail(err, MICA_FORMAT,
                    "%s: %lld frames a second, expected %lld: it is not resampled", path,
                    (long long)s.rate, (long long)f->rate);
    if (!f->channels) f->channels = s.channels;
    if (s.channels != f->channels)
        return fail(err, MICA_FORMAT, "%s: %lld channels, expected %lld", path,
                    (long long)s.channels, (long long)f->channels);
    if (!l->first) l->first = f->list.file[i].path, f->frames = s.frames;
    if (s.frames != f->frames && !l->other)
        l->other = f->list.file[i].path, l->other_frames = s.frames;
    return MICA_OK;
}

static mica_status take_length(const looking *l, int64_t wanted, mica_error *err) {
    audio_folder *f = l->f;
    if (wanted == NO_INTEGER && l->other)
        return fail(err, MICA_VALUE,
                    "%s: sounds of different length (%s %lld frames, %s %lld), expected an "
                    "output_sequence_length: there are no ragged batches",
                    f->list.tree.root, l->first, (long long)f->frames, l->other,
                    (long long)l->other_frames);
    if (wanted != NO_INTEGER) f->frames = wanted;
    if (f->frames >= 1 && f->frames <= MOST_FRAMES) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: sounds of %lld frames, expected an output_sequence_length",
                f->list.tree.root, (long long)f->frames);
}

/* ---- what else a dataset has ---- */

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    const audio_folder *f = d->state;
    return class_digest(&f->list, h, err);
}

/* Adds "sounds": their rate, channels, frames. */
static mica_status describe(const mica_dataset *d, json_t *out, mica_error *err) {
    const audio_folder *f = d->state;
    json_t *sounds = json_pack("{s:I, s:I, s:I, s:f}", "sampling_rate", (json_int_t)f->rate,
                               "channels", (json_int_t)f->channels, "frames", (json_int_t)f->frames,
                               "seconds", (double)f->frames / (double)f->rate);
    return sounds && !json_object_set_new(out, "sounds", sounds)
               ? MICA_OK
               : fail_no_memory(err, f->list.tree.root);
}

static void destroy(mica_dataset *d) {
    audio_folder *f = d->state;
    class_close(&f->list);
    free(f);
}

static const char *preparation(mica_dataset *d, const audio_folder *f) {
    char text[160];
    snprintf(text, sizeof text,
             "{\"output_sequence_length\": %lld, \"sampling_rate\": %lld, \"channels\": %lld}",
             (long long)f->frames, (long long)f->rate, (long long)f->channels);
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
    if (!sound_supported())
        return fail(err, MICA_UNSUPPORTED, "%s: this build reads no sounds: it lacks libsndfile",
                    r->path);
    TRY(class_open(&f->list, r, &choice, &sound_kind, d, err));
    TRY(dataset_may_break(d, (int64_t)f->list.count, o->max_broken, err));
    looking l = {.f = f};
    if (o->sampling_rate != NO_INTEGER) f->rate = o->sampling_rate;
    TRY(class_look_at_all(d, &f->list, look_at, &l, err));
    TRY(take_length(&l, o->output_sequence_length, err));
    d->rows = (int64_t)f->list.count;
    d->preparation = preparation(d, f);
    dataset_add_column(d, "x", COLUMN_INPUT, MICA_FLOAT32, &(shape){2, {f->frames, f->channels}});
    return class_add_labels(d, &f->list, err);
}

static bool audio_folder_probe(const char *path) { return class_folder_probe(path, &sound_kind); }

const source source_audio_folder = {"audio_folder",      "class folders of sounds (WAV, FLAC)",
                                    audio_folder_fields, sizeof(OWNER),
                                    audio_folder_probe,  audio_folder_load,
                                    .by_class = true};
