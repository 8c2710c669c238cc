/* mica predict: what a model says of files; names of classes where it knows them. */
#include "cli/predict.h"

#include "cli/data_table.h"
#include "cli/file_modes.h"
#include "cli/input_files.h"
#include "cli/model_data.h"
#include "cli/piped.h"
#include "cli/remote.h"
#include "format/card.h"
#include "mica/array.h"
#include "train/classifier.h"
#include "train/evaluate.h"

#include <stdlib.h>
#include <string.h>

typedef struct predict_options {
    common_options common;
    option_texts input;
    const char *output;
    int64_t top, batch_size;
    /* a model on a server */
    const char *server, *model, *version, *key_file, *ca, *certificate, *certificate_key;
    int64_t connections, retries;
    double timeout;
    bool insecure;
    table_reading reading;
} predict_options;

#define O predict_options
static const option options[] = {
    TEXTS_OPTION(O, input, "input", "FILE", "one for each input of the model, in its order"),
    TEXT_OPTION(O, output, "output", "FILE",
                "write the outputs: .csv, .npy, or .npz where there are several"),
    COUNT_OPTION(O, top, "top", "K", 1, "the K best classes of each sample"),
    COUNT_OPTION(O, batch_size, "batch-size", "N", 1, "samples at a time (default 32)"),
    TEXT_OPTION(O, server, "server", "URL",
                "ask a model there, http://HOST:PORT or https://HOST:PORT of mica serve"),
    TEXT_OPTION(O, model, "model", "NAME", "which one (default: the only one it has)"),
    TEXT_OPTION(O, version, "model-version", "V", "of the model, or an alias of one"),
    TEXT_OPTION(O, key_file, "key-file", "FILE", "an API key or a token in its first line"),
    TEXT_OPTION(O, ca, "ca", "FILE",
                "who signed the server's certificate, PEM (default: whom the system trusts)"),
    TEXT_OPTION(O, certificate, "certificate", "FILE", "for servers that ask for one, PEM"),
    TEXT_OPTION(O, certificate_key, "certificate-key", "FILE", "its key, PEM"),
    COUNT_OPTION(O, connections, "connections", "N", 1,
                 "requests on the way at once, at most 256 (default 4)"),
    REAL_OPTION(O, timeout, "timeout", "SECONDS", 0.001, 86400,
                "of a request, with all its tries (default 30)"),
    COUNT_OPTION(O, retries, "retries", "N", 0,
                 "how often again where the server is too busy (default 4)"),
    FLAG(O, insecure, "insecure", "let the key go over http:// to another machine"),
    WRITING_OPTIONS(O, reading),
    QUERY_OPTIONS(O, reading.query),
    RUN_OPTIONS(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static mica_status check_top(const mica_model *m, int64_t top, mica_error *err) {
    const shape *y = model_output_shape(m, 0);
    int64_t classes = y->rank == 2 && y->dims[1] == 1 ? 2 : y->rank == 2 ? y->dims[1] : 0;
    if (m->output_count != 1 || classes < 2 || (y->dims[1] == 1 && !is_classifier(m)))
        return fail(err, MICA_VALUE, "--top: the model is no classifier with one output");
    if (top <= classes) return MICA_OK;
    return fail(err, MICA_VALUE, "--top %lld: the model has %lld classes", (long long)top,
                (long long)classes);
}

static int64_t batch_size_of(const predict_options *o) {
    return given(o->batch_size) ? o->batch_size : 32;
}

/* A table, of a model that was trained on one: its rows are prepared as those were. */
static bool is_table_of(const mica_model *m, const char *file) {
    const source *s = card_get(m, "table") ? dataset_source(file, NULL) : NULL;
    return s && s->fits;
}

/* What is predicted, here or there: one file's rows on their way, and then their outputs. */
typedef struct asking {
    const predict_options *o;
    mica_model *model;
    remote *server;                      /* NULL: the model is here */
    mica_tensor *all[MAX_MODEL_OUTPUTS]; /* for --output */
    bool any;                            /* rows are in `all` */
    json_t *reading;                     /* options of tables that were given */
} asking;

typedef struct asked {
    const char *name;
    mica_tensor *outputs[MAX_MODEL_OUTPUTS]; /* of a model that is here */
    remote_answer *answer;                   /* of one that is not */
    mica_status status;
    mica_error err;
} asked;

static mica_status run_rows(asking *a, mica_dataset *d, asked *out, mica_error *err) {
    if (a->server) return remote_ask(a->server, d, &out->answer, err);
    return predict_dataset(a->model, d, batch_size_of(a->o), out->outputs, err);
}

/* Rows go to a server as they are; what is wrong with them is told as of a model that is here. */
static mica_status send_rows(asking *a, const data_request *wanted, asked *out, mica_error *err) {
    mica_table *t = NULL;
    TRY(load_model_table(wanted, &t, err));
    const mica_status status = remote_ask_rows(a->server, t, wanted->shown, &out->answer, err);
    mica_table_destroy(&t);
    return status;
}

static mica_status ask_table(asking *a, const data_request *wanted, asked *out, mica_error *err) {
    const bool sends = a->server && remote_rows_fit(a->model);
    mica_dataset *d = NULL;
    TRY(load_model_data(wanted, &d, err));
    mica_status status = sends ? MICA_OK : run_rows(a, d, out, err);
    mica_dataset_destroy(&d);
    if (sends) status = send_rows(a, wanted, out, err);
    return status == MICA_OK ? status : fail_within(err, status, "%s", wanted->shown);
}

static data_request table_request(const asking *a, const char *spec, const char *shown) {
    return (data_request){.ctx = a->model->ctx,
                          .model = a->model,
                          .spec = spec,
                          .shown = shown,
                          .part = MICA_TEST,
                          .reading = a->reading,
                          .asking = true};
}

static mica_status ask_inputs(asking *a, const char *const *files, int count, asked *out,
                              mica_error *err) {
    mica_tensor *in[MAX_MODEL_INPUTS];
    mica_model *m = a->model;
    if (json_object_size(a->reading))
        return fail(err, MICA_VALUE,
                    "%s: --%s is of tables, expected one, and a model that was trained on one",
                    files[0], json_object_iter_key(json_object_iter(a->reading)));
    for (int i = 0; i < count; i++) TRY(load_input(m, i, files[i], &in[i], err));
    mica_dataset *d = mica_dataset_new(m->ctx, in, count, NULL, 0, NULL);
    mica_status status = mica_check(m->ctx, err);
    if (status == MICA_OK) status = warn_not_finite(d, files[0], err);
    if (status == MICA_OK) {
        status = run_rows(a, d, out, err);
        if (status != MICA_OK) fail_within(err, status, "%s", files[0]);
    }
    mica_dataset_destroy(&d);
    return status;
}

/* Standard input, of a model that was trained on a table: a table too, or arrays. */
static mica_status ask_piped(asking *a, asked *out, mica_error *err) {
    piped p;
    char spec[sizeof p.path + 4];
    TRY(piped_open(&p, a->o->reading.encoding, err));
    snprintf(spec, sizeof spec, "csv:%s", p.path);
    data_request wanted = table_request(a, spec, PIPED);
    wanted.format = p.lines ? "jsonl" : NULL;
    mica_status status = p.arrays ? ask_inputs(a, (const char *[]){p.path}, 1, out, err)
                                  : ask_table(a, &wanted, out, err);
    if (status != MICA_OK) piped_name(&p, err);
    piped_close(&p);
    return status;
}

/* Reads the inputs, a file for each, and has them predicted, or puts them on the way. */
static mica_status begin(asking *a, const char *const *files, int count, asked *out,
                         mica_error *err) {
    const data_request table = table_request(a, files[0], files[0]);
    *out = (asked){.name = files[0]};
    if (count == 1 && is_table_of(a->model, files[0])) return ask_table(a, &table, out, err);
    if (count == 1 && !strcmp(files[0], "-") && card_get(a->model, "table"))
        return ask_piped(a, out, err);
    return ask_inputs(a, files, count, out, err);
}

/* Prints, and keeps the outputs for --output. */
static mica_status show(asking *a, asked *x, mica_error *err) {
    const predict_options *o = a->o;
    mica_context *ctx = a->model->ctx;
    prediction p = {.model = a->model,
                    .outputs = x->outputs,
                    .name = x->name,
                    .top = given(o->top) ? o->top : 0};
    if (o->common.json) TRY(prediction_json(&p, err));
    else if (!o->output) TRY(prediction_print(&p, stdout, err));
    for (int k = 0; k < a->model->output_count && o->output; k++)
        a->all[k] = a->any ? mica_concatenate((mica_tensor *[]){a->all[k], x->outputs[k]}, 2, 0)
                           : x->outputs[k];
    TRY(mica_check(ctx, err));
    a->any = true;
    return MICA_OK;
}

static mica_status end(asking *a, asked *x, mica_error *err) {
    if (x->answer) {
        mica_status status = remote_wait(a->server, x->answer, x->outputs, err);
        if (status != MICA_OK) return fail_within(err, status, "%s", x->name);
    }
    return show(a, x, err);
}

/* Some files are on the way to a server at once; a model that is here answers one by one. What is
 * read of a file is forgotten when its rows are handed over, outputs when they are shown. */
typedef struct turns {
    asking *a;
    asked *turn;                           /* file i is turn[i % room] */
    size_t room, begun, ended, files, bad; /* files, bad: with folders that cannot be read */
} turns;

static bool keeps(const turns *r) { return r->a->o->output != NULL; }

static void begin_one(turns *r, const char *file) {
    asked *x = &r->turn[r->begun++ % r->room];
    mica_scope *scope = keeps(r) && !r->a->server ? NULL : mica_scope_open(r->a->model->ctx);
    mica_error own = {0};
    mica_status status = begin(r->a, &file, 1, x, &own);
    if (status == MICA_OK && !r->a->server) status = end(r->a, x, &own);
    x->status = status;
    x->err = own;
    if (scope) mica_scope_close(&scope);
}

/* A file that is broken is told and left out; the first such error is that of the command. */
static mica_status end_one(turns *r, mica_error *err) {
    asked *x = &r->turn[r->ended++ % r->room];
    mica_scope *scope = keeps(r) || !r->a->server ? NULL : mica_scope_open(r->a->model->ctx);
    if (x->status == MICA_OK && r->a->server) x->status = end(r->a, x, &x->err);
    if (scope) mica_scope_close(&scope);
    if (x->status == MICA_OK) return MICA_OK;
    if (!r->bad++) *err = x->err;
    /* A model that no file fits, memory, a server that takes no key: the others would fail too. */
    const bool of_all = x->status == MICA_MEMORY || x->status == MICA_INTERNAL ||
                        (r->a->server && x->status == MICA_STATE);
    if (r->files == 1 || of_all) return *err = x->err, x->status;
    warn(&r->a->o->common, "%s", x->err.message);
    return MICA_OK;
}

static mica_status go_round(turns *r, const input_files *files, mica_error *err) {
    mica_status status = MICA_OK;
    for (size_t i = 0; i < files->count && status == MICA_OK; i++) {
        begin_one(r, files->at[i]);
        if (r->begun - r->ended == r->room) status = end_one(r, err);
    }
    while (r->ended < r->begun) {
        mica_error own = {0};
        mica_status last = end_one(r, status == MICA_OK ? err : &own);
        if (status == MICA_OK) status = last;
    }
    if (status == MICA_OK && r->bad && r->files > 1)
        status = fail(err, err->code, "%zu of %zu files and folders could not be predicted", r->bad,
                      r->files);
    return status;
}

static int64_t connections_of(const predict_options *o) {
    return given(o->connections) ? o->connections : 4;
}

/* Every FILE holds samples of the only input: the outputs one below the other. */
static mica_status predict_files(asking *a, mica_error *err) {
    input_files files = {0};
    mica_model *m = a->model;
    turns r = {.a = a, .room = a->server ? 4 * (size_t)connections_of(a->o) : 1};
    if (m->input_count != 1 && !card_get(m, "table"))
        return fail(err, MICA_VALUE, "the model has %d inputs: give --input FILE for each",
                    m->input_count);
    const common_options *common = &a->o->common;
    mica_status status = input_files_list(common, a->o->server ? 0 : 1, takes_texts(m, 0), &files,
                                          err);
    r.files = files.count + files.unread;
    r.bad = files.unread;
    r.turn = allocate(r.room, sizeof *r.turn);
    if (status == MICA_OK && !r.turn) status = fail_no_memory(err, "files");
    if (status == MICA_OK) status = go_round(&r, &files, err);
    free(r.turn);
    input_files_free(&files);
    return status;
}

static mica_status open_server(mica_context *ctx, asking *a, mica_error *err) {
    const predict_options *o = a->o;
    remote_options wanted = {.url = o->server,
                             .model = o->model,
                             .version = o->version,
                             .connections = (int)connections_of(o),
                             .batch_size = batch_size_of(o)};
    wanted.client = mica_client_defaults();
    wanted.client.key_file = o->key_file;
    wanted.client.ca = o->ca;
    wanted.client.certificate = o->certificate;
    wanted.client.certificate_key = o->certificate_key;
    wanted.client.insecure = o->insecure;
    if (real_given(o->timeout)) wanted.client.timeout_ms = (int64_t)(o->timeout * 1e3);
    if (given(o->retries)) wanted.client.retries = o->retries ? o->retries : MICA_ZERO;
    warn_of_mode(&o->common, o->key_file, true);
    warn_of_mode(&o->common, o->certificate_key, true);
    TRY(remote_open(ctx, &wanted, &a->server, err));
    a->model = remote_model(a->server);
    return MICA_OK;
}

static mica_status predict(asking *a, mica_error *err) {
    const predict_options *o = a->o;
    mica_model *m = a->model;
    asked x;
    if (given(o->top)) TRY(check_top(m, o->top, err));
    TRY(reading_json(&o->reading, a->reading, err));
    if (!o->input.count) TRY(predict_files(a, err));
    else if (o->input.count != m->input_count)
        return fail(err, MICA_VALUE, "%d --input given, the model has %d inputs", o->input.count,
                    m->input_count);
    else {
        TRY(begin(a, o->input.at, o->input.count, &x, err));
        TRY(end(a, &x, err));
    }
    return o->output ? write_outputs(m, a->all, o->output, err) : MICA_OK;
}

/* NULL: it is right. */
static const char *wrong_arguments(const predict_options *o) {
    static const char *const both = "FILE … or --input FILE …, not both";
    const int files = o->common.arguments - !o->server;
    const bool about = o->model || o->version || o->key_file || o->ca || o->certificate ||
                       o->certificate_key || o->insecure || given(o->connections) ||
                       given(o->retries) || real_given(o->timeout);
    if (about && !o->server)
        return "--model, --model-version, --key-file, --ca, --certificate, --certificate-key, "
               "--connections, --timeout, --retries and --insecure go with --server";
    if (given(o->connections) && o->connections > 256) return "--connections: at most 256";
    if (files < 0 || (!files && !o->input.count)) return "a model, and what it is asked";
    return files && o->input.count ? both : NULL;
}

static int run(void *data) {
    predict_options *o = data;
    mica_error err = {0};
    asking a = {.o = o};
    const char *wrong = wrong_arguments(o);
    if (wrong)
        return wrong_usage(&command_predict, "%s; expected: mica predict %s", wrong,
                           command_predict.arguments);
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    a.reading = json_object();
    mica_status status = o->server ? open_server(ctx, &a, &err)
                                   : mica_model_load(ctx, o->common.argument[0], &a.model, &err);
    if (status == MICA_OK) status = predict(&a, &err);
    remote_close(a.server);
    json_decref(a.reading);
    return finish(ctx, &o->common, status, &err);
}

const command command_predict = {
    "predict",
    "MODEL FILE … | MODEL --input FILE [--input FILE …] | --server URL "
    "FILE …",
    "what a model says of samples",
    options,
    sizeof(predict_options),
    0,
    -1,
    run,
    "A FILE is .npy, .npz, a picture, a sound (WAV, FLAC), or - for standard input; an array "
    "holds samples,\nor is one; of a model of texts any other file is one text, UTF-8; of a "
    "folder all that it holds. What\ncannot be read, file or folder, is told, the rest "
    "predicted, and the exit status is 1.\n"
    "Of a model that was trained on a table a table (CSV, TSV, JSON Lines) is one too, from - as "
    "well: its\nrows are prepared as those were. Pictures are brought to the size that the model "
    "wants, sounds to its\nrate and length. Of a classifier the class is printed, by the name "
    "that the model's card has for it; of\nothers the numbers. --json prints a line for each "
    "sample.\n"
    "With --server the model is that of a server: data are prepared here, as its card says, and "
    "go as tensors;\nof a table the columns that it was trained on go as they are, and the server "
    "prepares them.\n"};
