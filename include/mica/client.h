/* Asking a server for predictions: mica serve, or another that speaks the Open Inference Protocol
 * (KServe v2) over HTTP or HTTPS. A client keeps its connection from call to call.
 *
 * A client is used by one thread at a time; any number of threads each have one of their own, and
 * these share nothing. What a call gives (texts, arrays) lives until the next call on that client.
 *
 * libcurl is opened when the first client is, not before: a program that opens none starts without
 * it. Certificates are checked, redirections are not followed, nothing but http and https is
 * spoken, and nothing is read from the environment. */
#ifndef MICA_CLIENT_H
#define MICA_CLIENT_H

#include "mica/api.h"
#include "mica/dtype.h"
#include "mica/options.h"
#include "mica/status.h"
#include "mica/table.h"
#include "mica/tensor.h"

MICA_API_BEGIN

typedef struct mica_client mica_client;

/* Files are read once, when the client is opened. */
typedef struct mica_client_options {
    size_t size;
    const char *key_file; /* holds an API key ("mica_…") or a signed token in its first line, and
                             goes as "Authorization: Bearer …"; NULL: none (default NULL) */
    const char *ca;       /* PEM of who signed the server's certificate; NULL: whom the system
                             trusts (default NULL) */
    const char *certificate;     /* PEM of the client's own, for servers that ask for one, and */
    const char *certificate_key; /* its key (default NULL) */
    const char *proxy;  /* URL of an HTTP proxy; NULL: none, whatever the environment says (default
                           NULL) */
    int64_t timeout_ms; /* of a call, with all that it waits and tries again (default 30000) */
    int64_t retries;    /* how often a call is tried again where the server says that it is too busy
                           (429, 503) or nobody listens; MICA_ZERO: never (default 4) */
    int64_t retry_ms;   /* before the second try, twice as long before each further one, each by lot
                           between half of it and all; Retry-After of the server goes before it where
                           it is longer (default 100) */
    int64_t most_reply; /* bytes that a reply may have (default 256 MiB) */
    bool insecure; /* a key may go over http:// to another machine, in the clear (default false) */
} mica_client_options;

mica_client_options mica_client_defaults(void);

/* URL of the server, "https://host:port": of its port of predictions, or of that of administration
 * for mica_client_load and _unload. Nothing is sent yet. Errors: UNSUPPORTED where libcurl is not
 * installed, or mica was built without it; VALUE for a URL that is none, that names a user, or that
 * would take a key over the net in the clear; IO for files. */
mica_status mica_client_open(const char *url, const mica_client_options *options,
                             mica_client **client, mica_error *err);
/* Ends its connections, forgets its key; sets *client to NULL. */
void mica_client_close(mica_client **client);

/* ---- what every call may say ----
 *
 * Errors of a server come as they are, with its model and HTTP's code in the message and the status
 * that mica serve names; of others VALUE (400 and its like), NAME (404), BUSY (429, 503), TIMEOUT
 * (408, 504), UNSUPPORTED (501, 415), STATE (401, 403), else IO. Without an answer: IO, or TIMEOUT
 * where it did not come in time. FORMAT: a reply that is not what the protocol says. */

/* HTTP's code of the last reply (200, 404 …); 0: there was none. */
int mica_client_http_code(const mica_client *c);
/* Which request that was, by the server's X-Request-Id: what its logs call it. "": none. */
const char *mica_client_request_id(const mica_client *c);

/* ---- the server and its models ---- */

/* Whether the server lives, and whether it, or that model (NULL: all it has), is ready for
 * predictions; tried once. Errors: BUSY while it is not, IO where nobody listens. */
mica_status mica_client_live(mica_client *c, mica_error *err);
mica_status mica_client_ready(mica_client *c, const char *model, mica_error *err);

/* An input or output. Elements are row-major, strings mica_string. */
typedef struct mica_client_tensor {
    const char *name;
    mica_dtype dtype;
    mica_shape shape; /* with the batch; where a model is described: -1 is any extent */
    const void *data; /* NULL where a model is described */
} mica_client_tensor;

typedef struct mica_client_model {
    const char *name, *version, *state; /* version, state: where all models are listed */
    int version_count, inputs, outputs; /* else these */
    const char *const *versions;
    const mica_client_tensor *input, *output;
    bool classifier; /* the only output scores classes (mica serve says so) */
} mica_client_model;

/* What a model takes and gives, of a version or (NULL) the one that answers. */
mica_status mica_client_describe(mica_client *c, const char *model, const char *version,
                                 const mica_client_model **description, mica_error *err);
/* All models and versions that the server has. */
mica_status mica_client_models(mica_client *c, const mica_client_model **models, int *count,
                               mica_error *err);
/* The card of a version or (NULL) the one that answers, as JSON, of mica serve: classes, how inputs
 * are prepared, metrics. */
mica_status mica_client_card(mica_client *c, const char *model, const char *version,
                             const char **json, mica_error *err);

/* ---- predictions ---- */

typedef struct mica_ask_options {
    size_t size;
    const char *version;    /* or an alias of one; NULL: the one that answers (default NULL) */
    const char *request_id; /* what logs call the request, up to 39 letters, digits, - _ . ; NULL:
                               the server makes one (default NULL) */
    int64_t priority;       /* 1 is the most urgent; of mica_client_infer (default the model's) */
    int64_t deadline_ms;    /* the server need not run it after that; of mica_client_infer (default
                               what is left of timeout_ms) */
    int64_t top;            /* the K best classes (default 5 of pictures and sounds, 1 of rows) */
    mica_texts outputs;     /* names of those that are wanted; of mica_client_infer (default all) */
} mica_ask_options;
mica_ask_options mica_ask_defaults(void);

typedef struct mica_class {
    const char *name;
    int64_t index;
    double score;
} mica_class;

typedef struct mica_answer {
    const char *model, *version;
    int outputs;
    const mica_client_tensor *output;
    /* Of pictures, sounds and rows, where the model tells classes apart: `top` for each row, best
     * first. */
    int64_t rows;
    int top;
    const mica_class *classes; /* rows * top */
} mica_answer;

/* Tensors in, tensors out, as bytes. Inputs are found by name; data stays the caller's. */
mica_status mica_client_infer(mica_client *c, const char *model, const mica_client_tensor *inputs,
                              int count, const mica_ask_options *options,
                              const mica_answer **answer, mica_error *err);
/* A picture as it is (JPEG, PNG, WebP, BMP, PPM), which the server prepares as the model's card
 * says. Of mica serve. */
mica_status mica_client_picture(mica_client *c, const char *model, const void *bytes, size_t size,
                                const mica_ask_options *options, const mica_answer **answer,
                                mica_error *err);
/* The same of a sound, WAV or FLAC, for a model that was trained on sounds. */
mica_status mica_client_sound(mica_client *c, const char *model, const void *bytes, size_t size,
                              const mica_ask_options *options, const mica_answer **answer,
                              mica_error *err);
/* All rows of a table, by the names of its columns, for a model that was trained on one; and the
 * same written as JSON: [{"age": 41, "city": "Linz"}]. Of mica serve. */
mica_status mica_client_rows(mica_client *c, const char *model, const mica_table *rows,
                             const mica_ask_options *options, const mica_answer **answer,
                             mica_error *err);
mica_status mica_client_rows_json(mica_client *c, const char *model, const char *rows,
                                  const mica_ask_options *options, const mica_answer **answer,
                                  mica_error *err);

/* ---- true labels, which come later ---- */

typedef struct mica_client_label {
    const char *id;   /* of the request: mica_client_request_id after it */
    const char *text; /* the true class or another text; NULL: `json` has it (default NULL) */
    const char *json; /* any other label as JSON: "3.5", "[1, 0]" of a request with two samples */
} mica_client_label;

/* Hands the prediction log of mica serve the labels of requests that this model answered, up to
 * 10,000 of them: all or none. A later label of the same id takes the place of the first. Errors:
 * NAME where the server keeps no predictions, BUSY while its database takes none. */
mica_status mica_client_feedback(mica_client *c, const char *model, const mica_client_label *labels,
                                 int count, mica_error *err);

/* ---- administration: a client of that port, with a key for it ---- */

/* Loads a model, or its file again, while the old one answers; takes it out. version NULL: all. */
mica_status mica_client_load(mica_client *c, const char *model, const char *version,
                             mica_error *err);
mica_status mica_client_unload(mica_client *c, const char *model, const char *version,
                               mica_error *err);

MICA_API_END

#endif
