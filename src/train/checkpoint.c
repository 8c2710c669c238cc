/* Checkpoints: see checkpoint.h. */
#include "train/checkpoint.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAGIC "MICACKPT"
#define VERSION 1u
#define HEAD_BYTES (8 + 4 + 8)

/* ---- the tensors: weights, states of layers, optimizer, metrics, the counter of random layers
 * ----
 */

typedef struct tensors {
    mica_tensor **at;
    size_t count, room;
} tensors;

static bool add(tensors *t, mica_tensor *variable) {
    if (!variable) return true;
    if (!grow(&t->at, &t->room, t->count + 1, sizeof *t->at)) return false;
    t->at[t->count++] = variable;
    return true;
}

static mica_status list_states(const mica_model *m, tensors *t, mica_error *err) {
    mica_tensor **states = NULL;
    size_t count;
    TRY(model_states(m, &states, &count, err));
    bool done = true;
    for (size_t i = 0; i < count && done; i++) done = add(t, states[i]);
    free(states);
    return done ? MICA_OK : fail_memory(err, t->room, "checkpoint");
}

static mica_status list_tensors(const mica_model *m, tensors *t, mica_error *err) {
    const mica_optimizer *o = m->compiled.optimizer;
    bool done = add(t, m->counter) && add(t, o->iterations) && add(t, o->learning_rate) &&
                add(t, o->product);
    if (o->scaling && done)
        done = add(t, o->scaling->scale) && add(t, o->scaling->good) && add(t, o->scaling->skipped);
    for (size_t i = 0; i < m->layer_count; i++)
        for (size_t k = 0; k < m->layers[i]->weight_count && done; k++)
            done = add(t, m->layers[i]->weights[k].variable);
    TRY(list_states(m, t, err));
    for (int i = 0; i < o->count * o->slots_each && done; i++) done = add(t, o->slots[i]);
    for (int i = 0; i < m->compiled.metric_count && done; i++)
        for (int k = 0; k < m->compiled.metric[i]->kind->states && done; k++)
            done = add(t, m->compiled.metric[i]->state[k]);
    return done ? MICA_OK : fail_memory(err, t->room, "checkpoint");
}

/* Those that callbacks keep. */
static mica_status list_kept(const fitting *f, tensors *t, mica_error *err) {
    mica_fit_state state = f->state;
    for (size_t i = 0; i < LENGTH(f->options.callbacks) && f->options.callbacks[i]; i++) {
        const mica_callback *c = f->options.callbacks[i];
        mica_tensor **kept = NULL;
        size_t count = 0;
        if (c->tensors) TRY(c->tensors(&state, c->user, &kept, &count, err));
        for (size_t k = 0; k < count; k++)
            if (!add(t, kept[k])) return fail_memory(err, t->room, "checkpoint");
    }
    return MICA_OK;
}

static json_t *describe(const tensors *t) {
    json_t *list = json_array();
    char extents[128];
    for (size_t i = 0; i < t->count; i++) {
        shape_format(&t->at[i]->shape, extents);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", t->at[i]->variable->name,
                                              "dtype", mica_dtype_name(t->at[i]->dtype), "shape",
                                              extents));
    }
    return list;
}

/* ---- the rest ---- */

/* Doubles as their bits, so that they come back the same, NaN too. */
static json_t *bits_of(double value) {
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return json_integer((json_int_t)bits);
}

static double real_of(const json_t *value) {
    int64_t bits = (int64_t)json_integer_value(value);
    double real;
    memcpy(&real, &bits, sizeof real);
    return real;
}

static json_t *history_tree(const mica_history *h) {
    json_t *epochs = json_array();
    for (int i = 0; h && i < h->epochs; i++) {
        json_t *values = json_array();
        for (int k = 0; k < h->epoch[i].count; k++)
            json_array_append_new(values, bits_of(h->epoch[i].value[k]));
        json_array_append_new(
            epochs, json_pack("{s:o, s:o}", "seconds", bits_of(h->seconds[i]), "values", values));
    }
    return epochs;
}

static json_t *callback_texts(const fitting *f) {
    json_t *list = json_array();
    for (size_t i = 0; i < LENGTH(f->options.callbacks) && f->options.callbacks[i]; i++) {
        const mica_callback *c = f->options.callbacks[i];
        char *text = c->save ? c->save(c->user) : NULL;
        json_array_append_new(list, text ? json_string(text) : json_null());
        free(text);
    }
    return list;
}

static json_t *state_tree(const fitting *f, const tensors *t, mica_error *err) {
    json_t *sums = json_array(), *identity = fit_identity(f, err);
    for (size_t i = 0; i < LENGTH(f->running.sum); i++)
        json_array_append_new(sums, bits_of(f->running.sum[i]));
    if (!identity) {
        json_decref(sums);
        return NULL;
    }
    bool between = f->state.step >= f->state.steps; /* after an epoch: the next one begins */
    json_t *tree = json_pack("{s:o, s:i, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:i}", "identity",
                             identity, "epoch", f->state.epoch + (between ? 1 : 0), "step",
                             (json_int_t)(between ? 0 : f->state.step), "cursor",
                             (json_int_t)(between && !f->data->endless ? 0 : f->batches.at), "rows",
                             (json_int_t)(between ? 0 : f->running.rows), "sums", sums, "history",
                             history_tree(f->history), "callbacks", callback_texts(f), "tensors",
                             describe(t), "threads", f->state.model->ctx->threads);
    if (!tree) fail_no_memory(err, "checkpoint");
    return tree;
}

/* ---- writing ---- */

typedef struct sink {
    file_writer file;
    uint32_t crc;
    mica_error *err;
} sink;

static mica_status put(sink *s, const void *bytes, size_t count) {
    s->crc = (uint32_t)crc32_z(s->crc, bytes, count);
    return file_write(&s->file, bytes, count, s->err);
}

static mica_status put_all(sink *s, const char *json, const tensors *t) {
    uint32_t version = VERSION;
    uint64_t length = strlen(json);
    TRY(put(s, MAGIC, 8));
    TRY(put(s, &version, sizeof version));
    TRY(put(s, &length, sizeof length));
    TRY(put(s, json, length));
    for (size_t i = 0; i < t->count; i++)
        TRY(put(s, tensor_bytes(t->at[i]), t->at[i]->buffer->bytes));
    uint32_t crc = s->crc;
    return put(s, &crc, sizeof crc);
}

mica_status checkpoint_write(const fitting *f, const char *path, mica_error *err) {
    tensors t = {0};
    sink s = {.err = err};
    mica_status status = list_tensors(f->state.model, &t, err);
    if (status == MICA_OK) status = list_kept(f, &t, err);
    json_t *tree = status == MICA_OK ? state_tree(f, &t, err) : NULL;
    char *json = tree ? config_text(tree) : NULL;
    if (status == MICA_OK && !json)
        status = err && err->code ? err->code : fail_no_memory(err, path);
    if (status == MICA_OK) status = file_begin(&s.file, path, err);
    if (status == MICA_OK) {
        status = put_all(&s, json, &t);
        if (status == MICA_OK) status = file_commit(&s.file, err);
        else file_cancel(&s.file);
    }
    free(json);
    free(t.at);
    json_decref(tree);
    return status == MICA_OK ? status : fail_within(err, status, "checkpoint");
}

/* ---- reading ---- */

static mica_status damaged(const char *path, const char *what, mica_error *err) {
    return fail(err, MICA_FORMAT, "%s: not a whole checkpoint: %s", path, what);
}

static mica_status check_frame(const file_bytes *b, const char *path, uint64_t *json_bytes,
                               mica_error *err) {
    uint32_t version, crc;
    if (b->size < HEAD_BYTES + 4 || memcmp(b->data, MAGIC, 8))
        return damaged(path, "the first bytes are others", err);
    memcpy(&version, b->data + 8, 4);
    if (version > VERSION)
        return fail(err, MICA_UNSUPPORTED, "%s: checkpoint version %u, this mica reads up to %u",
                    path, version, VERSION);
    memcpy(&crc, b->data + b->size - 4, 4);
    if (crc != (uint32_t)crc32_z(0, b->data, b->size - 4))
        return damaged(path, "its checksum does not fit", err);
    memcpy(json_bytes, b->data + 12, 8);
    if (*json_bytes > b->size - HEAD_BYTES - 4)
        return damaged(path, "its length does not fit", err);
    return MICA_OK;
}

static mica_status check_same(const fitting *f, const json_t *tree, const tensors *t,
                              const char *path, mica_error *err) {
    char what[640];
    json_t *now = fit_identity(f, err), *list = describe(t);
    if (!now) return err ? err->code : MICA_MEMORY;
    bool differs = first_difference(json_object_get(tree, "identity"), now, "", what,
                                    sizeof what) ||
                   first_difference(json_object_get(tree, "tensors"), list, "tensors", what,
                                    sizeof what);
    json_decref(now);
    json_decref(list);
    if (differs) return fail(err, MICA_MISMATCH, "%s: this is another training: %s", path, what);
    return MICA_OK;
}

static mica_status take_tensors(const file_bytes *b, size_t at, const tensors *t, const char *path,
                                mica_error *err) {
    size_t needed = 0;
    for (size_t i = 0; i < t->count; i++) needed += t->at[i]->buffer->bytes;
    if (at + needed + 4 != b->size) return damaged(path, "its tensors have another size", err);
    for (size_t i = 0; i < t->count; i++) {
        TRY(variable_own(t->at[i], err));
        memcpy(tensor_bytes(t->at[i]), b->data + at, t->at[i]->buffer->bytes);
        t->at[i]->variable->version++;
        at += t->at[i]->buffer->bytes;
    }
    return MICA_OK;
}

/* The names depend on what must be the same anyway. */
static mica_status take_history(fitting *f, const json_t *epochs, mica_error *err) {
    size_t n = json_array_size(epochs), i, k;
    json_t *e, *value;
    mica_results names;
    if (!f->history || !n) return MICA_OK;
    f->history->epoch = allocate(n + 8, sizeof *f->history->epoch);
    f->history->seconds = allocate(n + 8, sizeof *f->history->seconds);
    if (!f->history->epoch || !f->history->seconds) return fail_memory(err, n, "history");
    f->history_room = (int)n + 8;
    results_names(f->state.model, f->validation != NULL, f->rated, &names);
    json_array_foreach(epochs, i, e) {
        mica_results *r = &f->history->epoch[f->history->epochs];
        f->history->seconds[f->history->epochs++] = real_of(json_object_get(e, "seconds"));
        json_array_foreach(json_object_get(e, "values"), k, value) {
            if (k >= (size_t)names.count) break;
            r->name[r->count] = names.name[k];
            r->value[r->count++] = real_of(value);
        }
    }
    return MICA_OK;
}

/* Where the training was; a checksum does not say that a place is one. */
static mica_status take_place(fitting *f, const json_t *tree, const char *path, mica_error *err) {
    int64_t epoch = 0;
    const struct {
        const char *key;
        int64_t *to, most;
    } places[] = {{"epoch", &epoch, INT32_MAX},
                  {"step", &f->state.step, f->state.steps},
                  {"cursor", &f->cursor, f->rows},
                  {"rows", &f->running.rows, f->rows}};
    for (size_t i = 0; i < LENGTH(places); i++) {
        const json_t *value = json_object_get(tree, places[i].key);
        int64_t found = (int64_t)json_integer_value(value);
        if (!json_is_integer(value) || found < 0 || found > places[i].most)
            return fail(err, MICA_FORMAT,
                        "%s: not a whole checkpoint: %s is %lld, expected 0 to %lld", path,
                        places[i].key, (long long)found, (long long)places[i].most);
        *places[i].to = found;
    }
    f->state.epoch = (int)epoch;
    return MICA_OK;
}

static mica_status take_state(fitting *f, const json_t *tree, mica_error *err) {
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(tree, "sums"), i, item) if (i < LENGTH(f->running.sum))
        f->running.sum[i] = real_of(item);
    json_array_foreach(json_object_get(tree, "callbacks"), i, item) {
        const mica_callback *c = i < LENGTH(f->options.callbacks) ? f->options.callbacks[i] : NULL;
        if (!c) break;
        if (c->restore && json_is_string(item)) c->restore(c->user, json_string_value(item));
    }
    return take_history(f, json_object_get(tree, "history"), err);
}

mica_status checkpoint_read(fitting *f, const char *path, bool *found, mica_error *err) {
    file_bytes b;
    uint64_t json_bytes = 0;
    json_t *tree = NULL;
    tensors t = {0};
    *found = file_exists(path);
    if (!*found) return MICA_OK;
    TRY(file_read(path, &b, err));
    mica_status status = check_frame(&b, path, &json_bytes, err);
    if (status == MICA_OK)
        status = config_parse((const char *)b.data + HEAD_BYTES, json_bytes, path, &tree, err);
    if (status == MICA_OK) status = list_tensors(f->state.model, &t, err);
    if (status == MICA_OK) status = list_kept(f, &t, err);
    if (status == MICA_OK) status = check_same(f, tree, &t, path, err);
    if (status == MICA_OK) status = take_place(f, tree, path, err);
    if (status == MICA_OK) status = take_tensors(&b, HEAD_BYTES + json_bytes, &t, path, err);
    if (status == MICA_OK) status = take_state(f, tree, err);
    json_decref(tree);
    free(t.at);
    free(b.data);
    return status;
}
