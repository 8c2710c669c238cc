/* One inference, whatever protocol it came by: the codecs (v2_*.c, tf_*.c, grpc_*.c, sample.c)
 * fill it from bytes and write the reply from it; the engine runs it. It is made once for a
 * connection and used again, so that a request allocates nothing that grows. */
#ifndef SERVE_INFERENCE_H
#define SERVE_INFERENCE_H

#include "base/strbuf.h"
#include "mica/table.h"
#include "model/model.h"

/* What a version of a model takes and gives; it does not change while anyone holds it. */
typedef struct served_value {
    const char *name;
    mica_dtype dtype;
    shape shape;        /* with the batch; -1: any */
    int64_t table_rows; /* of an input that an Embedding looks up; 0: any number will do */
    const char *table;  /* that layer's name */
} served_value;

typedef struct contract {
    const char *name, *version;
    int inputs, outputs;
    served_value in[MAX_MODEL_INPUTS], out[MAX_MODEL_OUTPUTS];
    const char *const *classes; /* names of the only output's classes; NULL: none known */
    int class_count;
    const json_t *card;                    /* the whole card; may be NULL */
    bool scores_classes;                   /* the only output holds scores of classes */
    bool classifier;                       /* it tells classes apart, named or not */
    const struct preparation *preparation; /* of rows of a table; NULL: it takes none */
} contract;

/* Of one tensor: a few bytes can ask for many rows, and a row can give more than it takes. */
#define MOST_INPUT_BYTES (256 << 20)
#define MOST_OUTPUT_BYTES (256 << 20)

/* What of an inference is recorded when it is over. */
enum { KEEP_RECORD = 1, KEEP_AUDIT = 2 };

typedef struct inference {
    arena memory; /* what is read lives here; inference_clear empties it and keeps its room */
    const contract *contract;
    char id[128]; /* of the request, echoed; "": none was given */
    int64_t rows;
    void *in[MAX_MODEL_INPUTS]; /* row-major, of the contract's dtypes */
    shape in_shape[MAX_MODEL_INPUTS];
    /* What is asked of each output; where nothing is named, all are wanted. */
    bool wanted[MAX_MODEL_OUTPUTS], binary[MAX_MODEL_OUTPUTS];
    int top[MAX_MODEL_OUTPUTS]; /* the K best classes instead of the values (KServe's
                                   "classification"); 0: the values */
    int priority;               /* 0: the model's own; 1 is the highest, as in KServe */
    int64_t timeout_us;         /* it need not be run after that; 0: none */
    unsigned kept; /* KEEP_…: its inputs become a record, so rows are kept as they came: */
    char *given;   /* NULL: they were tensors, or are not kept */
    size_t given_length;
    bool columns; /* TensorFlow's "inputs" were given, the reply has "outputs" */
    bool shadow;  /* a copy (shadow.h): not counted among the requests */
    /* The answer, set by the engine; memory as above. */
    void *out[MAX_MODEL_OUTPUTS];
    shape out_shape[MAX_MODEL_OUTPUTS];
    /* ---- the engine's own, while it waits and runs ---- */
    struct inference *next;
    struct served *served;
    void (*done)(void *user, mica_status status, const mica_error *err);
    void *user;
    double entered, deadline; /* seconds of clock_seconds(); deadline 0: none */
} inference;

void inference_clear(inference *x);
void inference_free(inference *x);

/* Finds input `name`; -1 and an error that lists the model's inputs. */
int inference_find_input(const inference *x, const char *name, size_t length, mica_error *err);
int inference_find_output(const inference *x, const char *name, size_t length, mica_error *err);
/* Room for input i of that shape (batch first), checked against the contract: `rows` is set by the
 * first and must be that of all. Elements are the caller's to fill; it calls this only for a shape
 * whose elements the body can hold (a number in JSON takes two bytes at least). */
mica_status inference_place(inference *x, int input, const shape *s, mica_error *err);
/* Room in x's memory for output i: `rows` rows of so many bytes, shaped like s behind the first
 * axis. Errors: VALUE, they are too many. */
mica_status inference_place_output(inference *x, int output, const shape *s, size_t row_bytes,
                                   mica_error *err);
/* Where elements are strings, their bytes become x's own copies; other types need nothing. */
mica_status inference_own(inference *x, mica_dtype dtype, void *elements, int64_t count,
                          mica_error *err);
/* Each input is there, and what an Embedding looks up is in its table; outputs without a choice are
 * all wanted. */
mica_status inference_complete(inference *x, mica_error *err);

/* ---- codecs. Each reads a body, ends with inference_complete, and leaves the error of the first
 * thing wrong: what, where in the text, found and expected. Writers only add to `out`. ---- */

/* KServe v2 (Open Inference Protocol): JSON, then, where json_length < length, binary tensors. */
mica_status v2_read(inference *x, const char *body, size_t length, size_t json_length,
                    mica_error *err);
/* json_length: of the JSON part where outputs are binary, else all of it. */
mica_status v2_write(const inference *x, strbuf *out, size_t *json_length, mica_error *err);
/* {"name", "versions", "platform": "mica", "inputs", "outputs", "parameters": {"classifier",
 * "version", …}}; `names`: more members of the parameters (models_put_all_names). */
void v2_write_metadata(const contract *c, const char *const *versions, int count, const char *names,
                       strbuf *out);

/* TensorFlow Serving's predict: "instances" (rows) or "inputs" (columns); the reply has the form of
 * the request, which is kept in x. */
mica_status tf_read(inference *x, const char *body, size_t length, mica_error *err);
mica_status tf_write(const inference *x, strbuf *out, mica_error *err);
/* Its classify and regress: "examples" with flat features, and a "context" of what they share. */
mica_status tf_read_examples(inference *x, const char *body, size_t length, mica_error *err);
mica_status tf_write_classes(const inference *x, strbuf *out, mica_error *err);
mica_status tf_write_regression(const inference *x, strbuf *out, mica_error *err);
/* {"model_spec", "metadata": {"signature_def": …}} */
void tf_write_metadata(const contract *c, strbuf *out);

/* A picture (JPEG, PNG, WebP, BMP, PPM) or a sound (WAV, FLAC) as the model's card prepares it; the
 * top classes as {"model", "version", "predictions": [{"class", "index", "probability"}]}, of a
 * model of other values these. `outputs`: all outputs too (predictions.h). */
mica_status picture_read(inference *x, const void *body, size_t length, mica_error *err);
mica_status sound_read(inference *x, const void *body, size_t length, mica_error *err);
mica_status sample_write(const inference *x, int top, bool outputs, strbuf *out, mica_error *err);

/* Rows of a table: [{COLUMN: value, …}, …], prepared as the table was that the model was trained
 * on. null, and a column that is not there, are missing cells. A model without a table whose inputs
 * are single numbers or texts takes rows of its inputs' names. */
mica_status row_read(inference *x, const char *json, size_t length, mica_error *err);
/* The table that rows become, before it is prepared; `memory` is for what reading needs. */
mica_status row_table(const contract *c, const char *json, size_t length, arena *memory,
                      mica_table **out, mica_error *err);
/* {"model", "version", "predictions": [one for each row (predictions.h)]} */
mica_status row_write(const inference *x, int top, bool outputs, strbuf *out, mica_error *err);
/* Whether the model was trained on a table, whose columns rows have. */
bool row_wanted(const contract *c);
/* What row_read goes by, made once for a model; *out NULL: it takes no rows. Errors: FORMAT, the
 * card's table is broken. */
mica_status preparation_new(const mica_model *m, struct preparation **out, mica_error *err);
void preparation_free(struct preparation *p);

#endif
