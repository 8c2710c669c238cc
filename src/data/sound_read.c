/* Sounds become samples: see sound_read.h. Each is read, decoded and resampled by one thread into
 * its own place, so that nothing depends on how many threads there are. */
#include "data/sound_read.h"

#include "codec/sound.h"
#include "transform/sound_rate.h"

#include <stdlib.h>
#include <string.h>

bool sound_crew_open(sound_crew *c, int threads) {
    c->crew = crew_open(threads);
    c->reader = c->crew ? allocate((size_t)crew_threads(c->crew), sizeof *c->reader) : NULL;
    return c->reader != NULL;
}

void sound_crew_close(sound_crew *c) {
    for (int i = 0; c->reader && i < crew_threads(c->crew); i++) {
        free(c->reader[i].file.data);
        sound_room_free(&c->reader[i].source);
        free(c->reader[i].sample);
    }
    free(c->reader);
    crew_close(c->crew);
}

static bool make_room(float **block, size_t *room, int64_t floats) {
    if (*room >= (size_t)floats) return true;
    free(*block);
    *block = allocate((size_t)floats, sizeof **block);
    *room = *block ? (size_t)floats : 0;
    return *block != NULL;
}

void sound_room_free(sound_room *room) {
    free(room->frames);
    *room = (sound_room){0};
}

/* Each frame becomes the mean of its channels. */
static void mix_down(float *frames, int64_t count, int64_t channels) {
    for (int64_t i = 0; i < count; i++) {
        float sum = 0;
        for (int64_t c = 0; c < channels; c++) sum += frames[i * channels + c];
        frames[i] = sum / (float)channels;
    }
}

/* The sound as it is, as much of it as is needed, then with the wanted channels and rate. */
static mica_status sample_changed(const void *bytes, size_t size, const sound_shape *s,
                                  const sound_facts *facts, sound_room *room, const char *name,
                                  float *out, mica_error *err) {
    const bool same = facts->rate == s->rate;
    if (!same) /* can it be */
        TRY(sound_rate_change(NULL, 0, 1, facts->rate, s->rate, 0, NULL, name, err));
    int64_t needs = same ? s->frames : sound_rate_needs(s->frames, facts->rate, s->rate),
            frames = facts->frames < needs ? facts->frames : needs;
    if (!make_room(&room->frames, &room->room, frames * facts->channels + 1))
        return fail_memory(err, (size_t)(frames * facts->channels) * sizeof *out, name);
    TRY(sound_decode(bytes, size, name, frames, facts->channels, room->frames, err));
    if (facts->channels != s->channels) mix_down(room->frames, frames, facts->channels);
    int64_t whole = same ? frames : sound_rate_frames(facts->frames, facts->rate, s->rate),
            wanted = whole < s->frames ? whole : s->frames;
    memset(out + wanted * s->channels, 0,
           (size_t)((s->frames - wanted) * s->channels) * sizeof *out);
    if (!same)
        return sound_rate_change(room->frames, frames, s->channels, facts->rate, s->rate, wanted,
                                 out, name, err);
    memcpy(out, room->frames, (size_t)(wanted * s->channels) * sizeof *out);
    return MICA_OK;
}

mica_status sound_sample(const void *bytes, size_t size, const sound_shape *s, sound_room *room,
                         const char *name, float *out, mica_error *err) {
    sound_facts facts;
    TRY(sound_look(bytes, size, name, &facts, err));
    const bool fits = facts.channels == s->channels, mixed = s->mono && !fits;
    if (mixed || (fits && facts.rate != s->rate))
        return sample_changed(bytes, size, s, &facts, room, name, out, err);
    return sound_decode(bytes, size, name, s->frames, s->channels, out, err);
}

static mica_status read_sound(sound_reader *r, const file_tree *t, const char *file,
                              const sound_shape *s, float *out, mica_error *err) {
    char path[4096];
    TRY(tree_read(t, file, &r->file, &r->room, err));
    tree_path(t, file, path);
    return sound_sample(r->file.data, r->file.size, s, &r->source, path, out, err);
}

typedef struct rows_wanted {
    const mica_dataset *d;
    const class_list *list;
    sound_reader *reader;
    const sound_shape *shape;
    const uint32_t *rows;
    mica_dtype dtype;
    char *out;
} rows_wanted;

static mica_status gather_one(void *arg, int worker, int64_t i, mica_error *err) {
    const rows_wanted *w = arg;
    sound_reader *r = &w->reader[worker];
    int64_t each = w->shape->frames * w->shape->channels;
    size_t bytes = (size_t)each * mica_dtype_size(w->dtype);
    char *to = w->out + (size_t)i * bytes, path[4096];
    const char *file = w->list->file[w->rows[i]].path;
    bool own = w->dtype != MICA_FLOAT32;
    mica_error why = {0};
    if (own && !make_room(&r->sample, &r->sample_room, each))
        return fail_memory(err, (size_t)each * sizeof *r->sample, w->list->tree.root);
    float *sample = own ? r->sample : (float *)(void *)to;
    mica_status status = read_sound(r, &w->list->tree, file, w->shape, sample, &why);
    if (status == MICA_OK) {
        if (own) convert(MICA_FLOAT32, sample, w->dtype, to, each);
        return MICA_OK;
    }
    if (!sample_is_broken(status)) return fail(err, status, "%s", why.message);
    memset(to, 0, bytes);
    tree_path(&w->list->tree, file, path);
    return dataset_report(w->d, w->rows[i], path, why.message, err);
}

mica_status gather_sounds(const mica_dataset *d, const class_list *list, sound_crew *c,
                          const sound_shape *s, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err) {
    rows_wanted w = {d, list, c->reader, s, rows, dtype, out};
    return crew_run(c->crew, count, gather_one, &w, err);
}
