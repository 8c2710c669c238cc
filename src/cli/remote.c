/* See remote.h. A request is a job; the connections are threads that take jobs from a list. The
 * context is the main thread's alone: jobs have memory of their own. */
#include "cli/remote.h"

#include "batch/batches.h"
#include "tensor/tensor.h"
#include "train/bind.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)16 << 20) /* of the rows of a request */

typedef struct job {
    struct job *next;    /* of those that wait */
    struct job *of_same; /* the answer's next */
    arena memory;
    int64_t first, rows;
    mica_client_tensor in[MAX_MODEL_INPUTS], out[MAX_MODEL_OUTPUTS];
    strbuf json; /* rows of a table instead of `in` */
    bool done;
    mica_status status;
    mica_error err;
} job;

struct remote_answer {
    job *first, *last;
    int64_t rows;
};

struct remote {
    mica_context *ctx;
    mica_model *model;
    char *name, *version, *origin;
    int64_t batch_size;
    int connections;
    mica_client **client;
    pthread_t *thread;
    int threads; /* that were started */
    pthread_mutex_t lock;
    pthread_cond_t come, gone; /* a job for a thread; a job is done */
    job *waiting, **end;
    int on_the_way;
    bool closing;
};

/* ---- the threads ---- */

static mica_status keep_output(job *j, const mica_client_tensor *from, mica_client_tensor *to,
                               mica_error *err) {
    int64_t count = shape_size(&from->shape);
    if (!from->shape.rank || from->shape.dims[0] != j->rows)
        return fail(err, MICA_FORMAT, "output \"%.100s\": not a row for each of %lld", from->name,
                    (long long)j->rows);
    *to = *from;
    to->name = NULL;
    to->data = arena_copy(&j->memory, from->data,
                          (size_t)count * mica_dtype_size(from->dtype) + !count);
    const mica_string *texts = from->data;
    for (int64_t i = 0; i < count && to->data && from->dtype == MICA_STRING; i++) {
        char *own = arena_take(&j->memory, texts[i].size + 1);
        if (!own) return fail_no_memory(err, "an answer");
        memcpy(own, texts[i].bytes, texts[i].size);
        ((mica_string *)to->data)[i].bytes = own;
    }
    return to->data ? MICA_OK : fail_no_memory(err, "an answer");
}

/* Outputs come in any order, by their names. */
static mica_status keep(const remote *r, job *j, const mica_answer *a, mica_error *err) {
    for (int i = 0; i < r->model->output_count; i++) {
        const char *name = model_output_name(r->model, i);
        int at = 0;
        while (at < a->outputs && strcmp(a->output[at].name, name)) at++;
        if (at == a->outputs) at = i; /* its name was taken by an input */
        if (at >= a->outputs)
            return fail(err, MICA_FORMAT, "the server's answer has no output \"%s\"", name);
        TRY(keep_output(j, &a->output[at], &j->out[i], err));
    }
    return MICA_OK;
}

static void run(const remote *r, mica_client *c, job *j) {
    const mica_answer *a = NULL;
    const mica_ask_options *o = MICA_OPTIONS(ask, .version = r->version);
    j->status = j->json.data
                    ? mica_client_rows_json(c, r->name, j->json.data, o, &a, &j->err)
                    : mica_client_infer(c, r->name, j->in, r->model->input_count, o, &a, &j->err);
    if (j->status == MICA_OK) j->status = keep(r, j, a, &j->err);
}

static void *work(void *user) {
    remote *r = user;
    pthread_mutex_lock(&r->lock);
    mica_client *c = r->client[r->threads++];
    pthread_cond_broadcast(&r->gone);
    while (!r->closing || r->waiting) {
        job *j = r->waiting;
        if (!j) {
            pthread_cond_wait(&r->come, &r->lock);
            continue;
        }
        if (!(r->waiting = j->next)) r->end = &r->waiting;
        pthread_mutex_unlock(&r->lock);
        run(r, c, j);
        pthread_mutex_lock(&r->lock);
        j->done = true;
        r->on_the_way--;
        pthread_cond_broadcast(&r->gone);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* ---- opening ---- */

/* The only model that the server has. */
static mica_status find_model(remote *r, mica_error *err) {
    const mica_client_model *all;
    int count, i = 0;
    TRY(mica_client_models(r->client[0], &all, &count, err));
    while (i < count && !strcmp(all[i].name, all[0].name)) i++;
    if (count && i == count) r->name = strdup(all[0].name);
    if (r->name) return MICA_OK;
    if (!count) return fail(err, MICA_NAME, "%s: the server has no model", r->origin);
    if (i == count) return fail_no_memory(err, r->origin);
    return fail(err, MICA_NAME, "%s: the server has several models: --model %.100s or %.100s …",
                r->origin, all[0].name, all[i].name);
}

static mica_status describe(remote *r, mica_error *err) {
    const mica_client_model *m;
    const char *text;
    mica_error own = {0};
    char *card = NULL;
    mica_status status = mica_client_card(r->client[0], r->name, r->version, &text, &own);
    /* Other servers have no cards. */
    if (status == MICA_OK && !(card = strdup(text))) return fail_no_memory(err, r->name);
    if (status != MICA_OK && mica_client_http_code(r->client[0]) != 404)
        return fail(err, status, "%s", own.message);
    status = mica_client_describe(r->client[0], r->name, r->version, &m, err);
    if (status == MICA_OK) status = stand_in_new(r->ctx, m, card, &r->model, err);
    free(card);
    return status;
}

static mica_status start(remote *r, mica_error *err) {
    for (int i = 0; i < r->connections; i++)
        if (pthread_create(&r->thread[i], NULL, work, r)) {
            while (r->connections > i) mica_client_close(&r->client[--r->connections]);
            break; /* those that are there do the work */
        }
    if (!r->connections) return fail(err, MICA_MEMORY, "no thread can be started");
    pthread_mutex_lock(&r->lock);
    while (r->threads < r->connections) pthread_cond_wait(&r->gone, &r->lock);
    pthread_mutex_unlock(&r->lock);
    return MICA_OK;
}

static mica_status set_up(remote *r, const remote_options *o, mica_error *err) {
    const int wanted = o->connections;
    r->batch_size = o->batch_size;
    r->origin = strdup(o->url);
    r->name = o->model ? strdup(o->model) : NULL;
    r->version = o->version ? strdup(o->version) : NULL;
    r->client = allocate((size_t)wanted, sizeof(mica_client *));
    r->thread = allocate((size_t)wanted, sizeof *r->thread);
    const bool copied = r->origin && (r->name || !o->model) && (r->version || !o->version);
    if (!r->client || !r->thread || !copied) return fail_no_memory(err, o->url);
    for (; r->connections < wanted; r->connections++)
        TRY(mica_client_open(o->url, &o->client, &r->client[r->connections], err));
    if (!r->name) TRY(find_model(r, err));
    TRY(describe(r, err));
    return start(r, err);
}

mica_status remote_open(mica_context *ctx, const remote_options *o, remote **out, mica_error *err) {
    remote *r = allocate(1, sizeof *r);
    if (!r) return fail_no_memory(err, o->url);
    r->ctx = ctx;
    r->end = &r->waiting;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->come, NULL);
    pthread_cond_init(&r->gone, NULL);
    *out = r;
    mica_status status = set_up(r, o, err);
    if (status == MICA_OK) return status;
    remote_close(r);
    *out = NULL;
    return status;
}

void remote_close(remote *r) {
    if (!r) return;
    pthread_mutex_lock(&r->lock);
    r->closing = true;
    pthread_cond_broadcast(&r->come);
    pthread_mutex_unlock(&r->lock);
    for (int i = 0; i < r->threads; i++) pthread_join(r->thread[i], NULL);
    for (int i = 0; i < r->connections; i++) mica_client_close(&r->client[i]);
    pthread_cond_destroy(&r->gone);
    pthread_cond_destroy(&r->come);
    pthread_mutex_destroy(&r->lock);
    free(r->thread);
    free(r->client);
    free(r->version);
    free(r->name);
    free(r->origin);
    free(r);
}

mica_model *remote_model(remote *r) { return r->model; }

/* ---- rows to jobs ---- */

static void hand_over(remote *r, remote_answer *a, job *j) {
    pthread_mutex_lock(&r->lock);
    while (r->on_the_way >= 2 * r->connections) pthread_cond_wait(&r->gone, &r->lock);
    *r->end = j;
    r->end = &j->next;
    r->on_the_way++;
    if (a->last) a->last->of_same = j;
    else a->first = j;
    a->last = j;
    a->rows += j->rows;
    pthread_cond_signal(&r->come);
    pthread_mutex_unlock(&r->lock);
}

static bool has_failed(remote *r, const remote_answer *a) {
    bool failed = false;
    pthread_mutex_lock(&r->lock);
    for (const job *j = a->first; j; j = j->of_same) failed |= j->done && j->status != MICA_OK;
    pthread_mutex_unlock(&r->lock);
    return failed;
}

static bool copy_texts(job *j, mica_string *texts, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        char *own = arena_take(&j->memory, texts[i].size + 1);
        if (!own) return false;
        if (texts[i].size) memcpy(own, texts[i].bytes, texts[i].size);
        texts[i].bytes = own;
    }
    return true;
}

static mica_status make_job(remote *r, remote_answer *a, const batches *b, const shape *shapes,
                            int64_t rows, job **out, mica_error *err) {
    job *j = allocate(1, sizeof *j);
    *out = j;
    if (!j) return fail_no_memory(err, "a request");
    j->first = a->rows;
    j->rows = rows;
    for (int i = 0; i < r->model->input_count; i++) {
        mica_client_tensor *t = &j->in[i];
        const size_t bytes = b->feed[i].row_bytes * (size_t)rows;
        const reference at = r->model->inputs[i];
        *t = (mica_client_tensor){.name = r->model->nodes[at.node].layer->name,
                                  .dtype = b->feed[i].dtype,
                                  .shape = shapes[i]};
        t->shape.dims[0] = rows;
        void *own = arena_copy(&j->memory, b->buffer[i], bytes ? bytes : 1);
        const bool texts = t->dtype == MICA_STRING;
        if (!own || (texts && !copy_texts(j, own, shape_size(&t->shape))))
            return fail_no_memory(err, "a request");
        t->data = own;
    }
    return MICA_OK;
}

static void job_free(job *j) {
    if (!j) return;
    strbuf_free(&j->json);
    arena_free(&j->memory);
    free(j);
}

static mica_status ask_batches(remote *r, remote_answer *a, batches *b, const shape *shapes,
                               mica_error *err) {
    int64_t rows;
    mica_status status;
    batches_begin(b, false, 0, 0);
    while ((status = batches_next(b, &rows, err)) == MICA_OK && rows) {
        job *j;
        status = make_job(r, a, b, shapes, rows, &j, err);
        if (status != MICA_OK) {
            job_free(j);
            break;
        }
        hand_over(r, a, j);
        if (has_failed(r, a)) break; /* remote_wait tells it */
    }
    return status;
}

static int64_t rows_of_request(const remote *r, const feed *feeds) {
    size_t row = 1;
    for (int i = 0; i < r->model->input_count; i++) row += feeds[i].row_bytes;
    const int64_t most = (int64_t)(MOST_BYTES / row);
    return most < 1 ? 1 : most < r->batch_size ? most : r->batch_size;
}

mica_status remote_ask(remote *r, mica_dataset *d, remote_answer **out, mica_error *err) {
    feed feeds[MAX_COLUMNS];
    shape shapes[MAX_MODEL_INPUTS];
    batches b;
    *out = NULL;
    TRY(bind_inputs(r->model, d, feeds, shapes, err));
    remote_answer *a = allocate(1, sizeof *a);
    if (!a) return fail_no_memory(err, "an answer");
    mica_status status = batches_open(&b, d, 0, d->rows, rows_of_request(r, feeds), feeds,
                                      r->model->input_count, err);
    if (status == MICA_OK) {
        status = ask_batches(r, a, &b, shapes, err);
        batches_close(&b);
    }
    if (status != MICA_OK) remote_wait(r, a, NULL, NULL);
    else *out = a;
    return status;
}

static mica_status ask_rows(remote *r, remote_answer *a, remote_rows *rows, mica_error *err) {
    for (;;) {
        job *j = allocate(1, sizeof *j);
        if (!j) return fail_no_memory(err, "a request");
        j->first = a->rows;
        const mica_status status = remote_rows_next(rows, r->batch_size, MOST_BYTES, &j->json,
                                                    &j->rows, err);
        if (status != MICA_OK || !j->rows) return job_free(j), status;
        hand_over(r, a, j);
        if (has_failed(r, a)) return MICA_OK; /* remote_wait tells it */
    }
}

mica_status remote_ask_rows(remote *r, const mica_table *t, const char *name, remote_answer **out,
                            mica_error *err) {
    remote_rows rows;
    *out = NULL;
    remote_answer *a = allocate(1, sizeof *a);
    if (!a) return fail_no_memory(err, "an answer");
    mica_status status = remote_rows_open(&rows, r->model, t, name, err);
    if (status == MICA_OK) status = ask_rows(r, a, &rows, err);
    remote_rows_close(&rows);
    if (status != MICA_OK) remote_wait(r, a, NULL, NULL);
    else *out = a;
    return status;
}

/* ---- answers to tensors ---- */

static mica_status check_done(const remote_answer *a, mica_error *err) {
    for (const job *j = a->first; j; j = j->of_same) {
        if (j->status == MICA_OK) continue;
        if (err) *err = j->err;
        if (a->rows == j->rows) return j->status;
        return fail_within(err, j->status, "rows %lld to %lld", (long long)j->first,
                           (long long)(j->first + j->rows - 1));
    }
    return MICA_OK;
}

static mica_status join(const remote *r, const remote_answer *a, int output, mica_tensor **out,
                        mica_error *err) {
    const mica_client_tensor *first = &a->first->out[output];
    shape s = first->shape, rest = first->shape;
    s.dims[0] = a->rows;
    rest.dims[0] = -1;
    *out = tensor_alloc(r->ctx, first->dtype, &s);
    TRY(mica_check(r->ctx, err));
    char *to = tensor_bytes(*out);
    for (const job *j = a->first; j; j = j->of_same) {
        const mica_client_tensor *t = &j->out[output];
        if (t->dtype != first->dtype || !shape_fits(&rest, &t->shape))
            return fail(err, MICA_FORMAT, "%s: output %d has other rows in other answers",
                        r->origin, output);
        const size_t bytes = (size_t)shape_size(&t->shape) * mica_dtype_size(t->dtype);
        if (bytes) memcpy(to, t->data, bytes);
        to += bytes;
    }
    return tensor_own_texts(*out) ? MICA_OK : fail_no_memory(err, r->origin);
}

mica_status remote_wait(remote *r, remote_answer *a, mica_tensor **outputs, mica_error *err) {
    pthread_mutex_lock(&r->lock);
    for (job *j = a->first; j; j = j->of_same)
        while (!j->done) pthread_cond_wait(&r->gone, &r->lock);
    pthread_mutex_unlock(&r->lock);
    mica_status status = check_done(a, err);
    if (status == MICA_OK && !a->first && outputs)
        status = fail(err, MICA_VALUE, "the data has no rows");
    for (int i = 0; i < r->model->output_count && status == MICA_OK && outputs; i++)
        status = join(r, a, i, &outputs[i], err);
    for (job *j = a->first, *next; j; j = next) {
        next = j->of_same;
        job_free(j);
    }
    free(a);
    return status;
}
