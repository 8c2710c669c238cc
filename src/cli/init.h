/* mica init from inside: what a look at data tells, and the recipe that follows from it. */
#ifndef CLI_INIT_H
#define CLI_INIT_H

#include "cli/data_table.h"
#include "data/dataset.h"
#include "mica/table.h"

typedef struct init_options {
    common_options common;
    const char *target, *output;
    option_texts ignore;
    double max_broken;
    table_reading reading;
    bool force;
} init_options;

/* What is being made. */
typedef struct init {
    const init_options *o;
    mica_context *ctx;
    arena texts;
    const char *spec;                  /* the data's, or those that train */
    char validation[4096], test[4096]; /* SPECs of parts that are there; "": none */
    char name[256];                    /* of data in parts: what they are parts of; "": none */
    json_t *given;     /* options of the source that the command was given: of the recipe too */
    json_t *model;     /* the recipe's parts; the command sets data.train, data.test, output */
    json_t *data;      /* without train and test */
    bool tests_itself; /* data.test is the SPEC too: the source has a test part */
    const char *loss;
    json_t *metrics;
    int epochs, batch_size;
    json_t *warnings; /* [{"column", "kind", "text"}] */
    struct told {
        const char *kind;
        int64_t count;
    } told[16]; /* how many of each kind */
} init;

/* Adds a warning, of a column (NULL: of all). */
void init_warn(init *i, const char *column, const char *kind, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The last layer, loss and metrics for classes: 2 have one output. */
void init_classes(init *i, json_t *layers, int64_t classes);

/* A layer, as JSON. */
void init_add(json_t *layers, const char *text);
/* Convolutions over pictures whose shorter side is `extent`. */
void init_convolutions(json_t *layers, int64_t extent);

/* init_parts.c: the parts that the data are in already. */
void init_find_parts(init *i);

/* init_arrays.c: a recipe for arrays. */
mica_status init_arrays(init *i, mica_error *err);
/* init_pictures.c: the end of a network for class folders, and how they are split. */
mica_status init_folder(init *i, json_t *layers, const mica_dataset *d, mica_error *err);
/* A recipe for class folders of pictures. */
mica_status init_pictures(init *i, mica_error *err);
/* init_texts.c: what some texts hold. */
typedef struct writing_look {
    int64_t texts, words, letters, unspaced; /* letters: all but blanks */
    int64_t most_words, most_letters;        /* in one text */
} writing_look;
void init_look_at_text(writing_look *l, const mica_string *text);
/* Whether they are of a writing that puts no blanks between words. */
bool init_has_characters(const writing_look *l);
/* A recipe for class folders of texts. */
mica_status init_texts(init *i, mica_error *err);
/* init_sounds.c: a recipe for class folders of sounds. */
mica_status init_sounds(init *i, mica_error *err);
/* init_table.c: a recipe for a table. */
mica_status init_table(init *i, mica_error *err);
/* init_leak.c: the share of rows whose class the column's value alone tells (of numbers the
 * fiftieth it is in), each value standing for its most frequent class; NaN where it cannot. */
mica_status class_share(const mica_table *t, int column, int target, double *out, mica_error *err);
/* How many rows the rarest class has. */
mica_status rarest_class(const mica_table *t, int target, int64_t *out, mica_error *err);
/* The correlation of two columns of numbers over the rows where both are there. */
double column_correlation(const mica_table *t, int a, int b);

#endif
