/* A dataset from inside. To add a source Foo: write src/data/foo.c (comment with what it reads; the
 * fields table of its options; probe and load; `const source source_foo`), and add SOURCE(foo) to
 * sources.def. load fills the columns and how rows are brought: gather reads them in any order, by
 * several threads at once. What has no random access (archives, queries) spools to memory or disk,
 * or batches over a shuffle buffer: above batch/ nothing sees the difference. */
#ifndef DATA_DATASET_H
#define DATA_DATASET_H

#include "base/fields.h"
#include "base/sha256.h"
#include "mica/data.h"
#include "tensor/tensor.h"

#define MAX_COLUMNS 96

/* What an outer join adds is a row of no source. */
#define NO_SOURCE UINT16_MAX

typedef enum column_role { COLUMN_INPUT, COLUMN_TARGET, COLUMN_WEIGHT } column_role;

typedef struct column {
    char name[128]; /* "x", "y", "sample_weight"; of a table's columns their own */
    column_role role;
    mica_dtype dtype;
    shape shape; /* of one sample */
} column;

/* One column that is wanted: its number in the dataset, and as what. */
typedef struct feed {
    int column; /* -1: ones (sample weights that nobody gave) */
    mica_dtype dtype;
    size_t row_bytes;
} feed;

struct mica_dataset {
    mica_context *ctx;
    int64_t rows; /* -1: a stream, whose length nobody knows */
    int columns;
    column column[MAX_COLUMNS]; /* inputs, then targets, then the weight */
    char **class_names;
    int classes;
    const char *origin;     /* the path, for messages; NULL: tensors */
    const char *no_targets; /* why there are none, for messages; NULL: nothing to say */
    const char
        *preparation; /* JSON for the card: how inputs were made of files; NULL: nothing to say */
    bool slow;        /* rows are decoded: worth preparing ahead */
    bool pictures;    /* inputs are pictures of 0 … 255 */
    bool sounds;      /* inputs are sounds, (samples, channels) of -1 … 1 */
    /* Copies `count` rows of a column, converted to dtype, to out. A row that turns out broken is
     * reported (dataset_report) and left as zeros: whoever asked looks at dataset_row_broken. */
    mica_status (*gather)(const mica_dataset *d, int column, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err);
    /* The same for several columns at once, in that pass: for rows that are made whole, or that
     * differ from pass to pass. NULL: gather does. Called through dataset_bring. */
    mica_status (*bring)(const mica_dataset *d, uint64_t epoch, const uint32_t *rows, int64_t count,
                         const feed *feeds, int n, void *const *out, mica_error *err);
    const struct stream_kind *stream; /* how it is read in order (stream.h); NULL: by its rows */
    /* Adds what makes the data this data to the hash. */
    mica_status (*digest)(const mica_dataset *d, sha256 *h, mica_error *err);
    /* Adds what there is to say of the files behind it to an object; NULL: nothing. */
    mica_status (*describe)(const mica_dataset *d, json_t *out, mica_error *err);
    void *state;                    /* the source's */
    const struct class_list *files; /* of class folders, a file for each row; NULL: it is of none */
    void (*destroy)(mica_dataset *d);
    const uint16_t *row_source;   /* of a list of sources: which of them each row is of, from 0, or
                                     NO_SOURCE; NULL: it is one */
    struct broken_rows *broken;   /* NULL: its rows cannot be broken */
    struct broken_rows **reports; /* those of all sources behind it, each once */
    int reports_count;
    char fingerprint[65]; /* "": not asked yet */
    arena texts;
    mica_dataset *of;    /* a view, a stage of a pipeline: of whom, */
    mica_dataset **also; /* and of whom besides */
    int also_count;
    /* Whose row it is there, and in which pass: moves both. NULL: `of` is not set. */
    const mica_dataset *(*locate)(const mica_dataset *d, uint64_t *epoch, uint32_t *row);
    bool joined;         /* a row is made of that row of all of them */
    bool ordered;        /* its order is wanted: nobody shuffles it */
    bool endless;        /* a stream that never ends */
    bool makes_targets;  /* reading a target makes the whole sample */
    int64_t batch_size;  /* asked for by the pipeline; 0: by nobody */
    bool drop_remainder; /* the last batch, where it is not full */
    int64_t prefetch;    /* batches ahead; 0: by `slow` */
    int64_t first;       /* from which row on, */
    uint32_t *order;     /* or which of its rows; NULL: those from `first` on */
    bool picked;         /* `order` is a choice of rows, not the whole in another order */
    bool has_parts;      /* the source has a part to train on and one to test with: this is one */
    bool by_class;       /* its rows come class after class: splits shuffle them first */
    int refs;            /* itself and its views */
    mica_dataset *next;  /* in the context */
};

/* What a source is asked to load. */
typedef struct source_request {
    const char *path;
    mica_part part;
    const void *options; /* resolved; in the dataset's arena, so they live as long as it */
} source_request;

/* A kind of source: recognises a path, and loads it. */
typedef struct source {
    const char *name; /* "idx": the kind in kind:path */
    const char *what; /* one line for `mica list sources` */
    const field *fields;
    size_t options_size;
    bool (*probe)(const char *path);
    mica_status (*load)(const source_request *r, mica_dataset *d, mica_error *err);
    bool by_class; /* its rows come class after class */
    bool pictures; /* their size and colours are those that a model asks for */
    bool fits;     /* what rows become depends on those that are trained on: it has the options
                      validation_split, subset and fitted */
} source;

/* An empty dataset that the context owns; NULL without memory. */
mica_dataset *dataset_new(mica_context *ctx);
/* NULL: there are too many. */
column *dataset_add_column(mica_dataset *d, const char *name, column_role role, mica_dtype dtype,
                           const shape *s);
/* The number of the n-th column of a role, -1: there is none. */
int dataset_column(const mica_dataset *d, column_role role, int n);
/* inputs_by_name.c: the column of the i-th of a model's inputs: that of its name where every input
 * has one (dataset_names_all), else the i-th. -1: there is none. */
bool dataset_names_all(const mica_dataset *d, const char *const *names, int count);
int dataset_input(const mica_dataset *d, const char *const *names, int count, int i);
/* sample_shape.c: whether samples of that shape may feed `wanted`, which begins with the batch:
 * equal, up to trailing ones: 28x28 for (None, 28, 28, 1), as Keras. */
bool sample_fits(const shape *sample, const shape *wanted);
/* The same of a column, and texts for texts: SHAPE or TYPE with `what` (an input's name), found and
 * expected. */
mica_status dataset_check_sample(const mica_dataset *d, int at, const shape *wanted,
                                 mica_dtype dtype, const char *what, mica_error *err);

/* Those rows of a column as a tensor of its own type; NULL rows: the first ones. */
mica_tensor *dataset_tensor(mica_dataset *d, int column, const int64_t *rows, int64_t count);

/* The rows in an order that depends on the key alone, as a dataset that shares the data. */
mica_status dataset_shuffled(mica_dataset *of, uint64_t key, mica_dataset **out, mica_error *err);
/* Those rows, as a dataset that shares the data; they may come more than once. */
mica_status dataset_picked(mica_dataset *of, const uint32_t *rows, int64_t count,
                           mica_dataset **out, mica_error *err);
/* Makes a new, empty dataset a view of another one: its columns, and one more reference to it. */
void dataset_view_of(mica_dataset *d, mica_dataset *of);
/* The number that a view's row has in the whole. */
uint32_t dataset_whole_row(const mica_dataset *d, uint32_t row);
/* Which of a list of sources a row is of, below whatever stages; NO_SOURCE: of none of them. Of
 * data that are no list all rows are of source 0. */
uint16_t dataset_row_source(const mica_dataset *d, uint32_t row);
/* A view of all rows of `of`, to be changed; NULL without memory. */
mica_dataset *dataset_derive(mica_dataset *of);
/* An empty dataset, after a sticky error. */
mica_dataset *dataset_failed(mica_context *ctx, const mica_error *err);
/* UNSUPPORTED for streams: `what` wants rows that can be counted and reached. */
mica_status dataset_need_rows(const mica_dataset *d, const char *what, mica_error *err);

/* ---- reading ---- */

static inline size_t column_bytes(const column *c) {
    return (size_t)shape_size(&c->shape) * mica_dtype_size(c->dtype);
}
/* The columns as they are; how many. */
int dataset_feeds(const mica_dataset *d, feed feeds[MAX_COLUMNS]);
/* Brings `count` rows of the wanted columns to out[i], in that pass. */
mica_status dataset_bring(const mica_dataset *d, uint64_t epoch, const uint32_t *rows,
                          int64_t count, const feed *feeds, int n, void *const *out,
                          mica_error *err);
/* Brings rows of `order` (of `rows` entries) from *at on until `most` are there that are not
 * broken, moves *at behind them; fewer: the order is over. */
mica_status dataset_read(const mica_dataset *d, uint64_t epoch, const uint32_t *order, int64_t rows,
                         int64_t *at, const feed *feeds, int n, void *const *out, int64_t most,
                         int64_t *have, mica_error *err);

/* ---- windows (windows.c) ---- */

extern const field windows_fields[];
/* Whether d's rows are windows, or a view's are. */
bool dataset_has_windows(const mica_dataset *d);
/* The windows in their order without those among the first `rows` that reach into row `rows`'s;
 * *rows is then how many are left of them. */
mica_status dataset_split_windows(mica_dataset *d, int64_t *rows, mica_dataset **out,
                                  mica_error *err);
/* Windows as an object of options says; d is then held by them alone. */
mica_status dataset_windows_with(mica_dataset **d, const json_t *options, mica_error *err);

/* The SPECs of a list, a JSON text of two or more: ["a.csv", "csv:b.txt"]. NULL: it is one SPEC. */
json_t *spec_list(const char *spec);
/* The samples of several SPECs one after the other, which have the same values and classes; `spec`
 * is the list as text. Tables are read as one by their source instead. */
mica_status dataset_load_several(mica_context *ctx, const char *spec, const json_t *options,
                                 mica_part part, mica_dataset **out, mica_error *err);

/* The list of {"zip": [SPEC, …]}, a JSON text; NULL: it is none. */
json_t *spec_zip(const char *spec);
/* Whether it is a list of two paths or more; `what` names whose it is. */
mica_status zip_check(const json_t *list, const char *what, mica_error *err);
/* Arrays whose inputs and targets are those of one sample, row by row; there are no options. */
mica_status dataset_load_zipped(mica_context *ctx, const char *spec, const json_t *options,
                                mica_part part, mica_dataset **out, mica_error *err);

/* Loads by SPEC ("kind:path", a path whose kind is found, a list of these, of one kind, a zip). */
mica_status dataset_load(mica_context *ctx, const char *spec, mica_part part, mica_dataset **out,
                         mica_error *err);
/* The same with the source's options, as a recipe's data has them (NULL: the defaults); and with
 * "windows", the options of mica_dataset_windows, of any source. */
mica_status dataset_load_with(mica_context *ctx, const char *spec, const json_t *options,
                              mica_part part, mica_dataset **out, mica_error *err);
/* The source that SPEC names, or that recognises its path; NULL: none. *path, which may be NULL, is
 * what is after its name, as the dataset's origin; of a list the list. */
const source *dataset_source(const char *spec, const char **path);
/* Whether the source of SPEC has that option. */
bool dataset_has_option(const char *spec, const char *option);
extern const source *const all_sources[];

/* "x in row 3 at (2, 1) is nan": the first number that is not finite in columns of floats; "":
 * none, or the rows are decoded from pictures. Reads all rows. */
mica_status dataset_not_finite(const mica_dataset *d, char out[320], mica_error *err);
/* The same for the first one that is farther from 0 than `limit`, or NaN. */
mica_status dataset_beyond(const mica_dataset *d, double limit, char out[320], mica_error *err);

/* ---- broken rows ---- */

/* Whether a sample whose reading failed so is broken itself: then it is reported and left out.
 * False: it is the machine's fault or that of the process (memory, rights, open files, a disk),
 * which stops the run, for what it would leave out is not for the data to say. */
bool sample_is_broken(mica_status status);
/* From here on rows of `d` may be reported broken; `total` counts those that load leaves out too.
 */
mica_status dataset_may_break(mica_dataset *d, int64_t total, double limit, mica_error *err);
/* Row (-1: left out while loading) cannot be read. Fails where that is one too many. Any thread. */
mica_status dataset_report(const mica_dataset *d, int64_t row, const char *path, const char *reason,
                           mica_error *err);
/* Whether that row was reported, of that pass and of the first one. Any thread. */
bool dataset_row_broken_in(const mica_dataset *d, uint64_t epoch, uint32_t row);
bool dataset_row_broken(const mica_dataset *d, uint32_t row);
void broken_free(struct broken_rows *b);

#endif
