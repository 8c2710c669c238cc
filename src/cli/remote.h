/* A model on a server, for mica predict: rows are handed to several connections, whose answers are
 * waited for in order. Data are prepared here, as for a model that lies here, but for rows of a
 * table: the server prepares them, and its log has them as they were. */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "cli/cli.h"
#include "cli/remote_rows.h"
#include "data/dataset.h"
#include "mica/client.h"
#include "model/model.h"

typedef struct remote remote;

typedef struct remote_options {
    const char *url, *model, *version; /* model NULL: the only one that the server has */
    mica_client_options client;
    int connections;
    int64_t batch_size; /* rows of a request, at most */
} remote_options;

/* Asks what the model takes and gives, and opens the connections. */
mica_status remote_open(mica_context *ctx, const remote_options *o, remote **out, mica_error *err);
void remote_close(remote *r);

/* What stands for the model here: inputs, outputs and card are its own, but it cannot be run. */
mica_model *remote_model(remote *r);
/* stand_in.c makes it; card NULL: there is none. */
mica_status stand_in_new(mica_context *ctx, const mica_client_model *of, const char *card,
                         mica_model **out, mica_error *err);

typedef struct remote_answer remote_answer;

/* Hands all rows of d to the connections, waiting only while too many are on their way. */
mica_status remote_ask(remote *r, mica_dataset *d, remote_answer **out, mica_error *err);
/* The same of the rows of a table, which go as they are: for models that remote_rows_fit. `name` is
 * the table's. */
mica_status remote_ask_rows(remote *r, const mica_table *t, const char *name, remote_answer **out,
                            mica_error *err);
/* Waits until all rows are answered, outputs[i]: new tensors with a row for every row; frees a.
 * outputs NULL: nobody wants them. */
mica_status remote_wait(remote *r, remote_answer *a, mica_tensor **outputs, mica_error *err);

#endif
