/* Data as a model wants it: what its card says about inputs and classes. */
#ifndef CLI_MODEL_DATA_H
#define CLI_MODEL_DATA_H

#include "cli/cli.h"
#include "data/dataset.h"
#include "model/model.h"

/* What was loaded of what there is. */
typedef struct data_taken {
    int64_t whole; /* the rows of the file; 0: its parts are files or arrays of their own */
    bool trained;  /* they trained the model, or some of them did */
} data_taken;

typedef struct data_request {
    mica_context *ctx;
    const mica_model *model; /* NULL: not there yet */
    const char *spec;
    mica_part part;
    const json_t *preprocessing; /* options of its source. NULL: pictures and tables are prepared as
                                    those that the model was trained on (its card), else pictures as
                                    its input asks */
    const char *shown;           /* what the data are called; NULL: spec */
    const char *format;          /* of a table whose name does not tell; NULL: it does */
    const json_t *reading;       /* options of reading the table that were given; NULL: none */
    bool other_file; /* preprocessing was said of another file: how that one is written is only
                        likely for this one, as what the card says always is */
    bool asking;     /* a table whose rows are to be predicted: all of them, without a target */
    bool all;        /* of the data that trained by a share of their rows all rows, not the part */
    data_taken *taken; /* NULL: nobody asks; else the part is of the data that trained alone */
    const mica_dataset *like; /* a table has the categories, classes and imputed values of that
                                 dataset; NULL: of the card, where it has them */
} data_request;
mica_status load_model_data(const data_request *r, mica_dataset **out, mica_error *err);
/* The table that load_model_data would prepare, as it is. */
mica_status load_model_table(const data_request *r, mica_table **out, mica_error *err);
/* The class's name on the card, else its number; free(). NULL without memory. */
char *class_name(const mica_model *m, int64_t class);
/* What the card says of that input (the model's); NULL: nothing. */
const json_t *card_input(const mica_model *m, int input);

/* One file for one input as a tensor of samples: .npy, .npz, pictures, sounds; "-" is standard
 * input. The kind is found by content. */
mica_status load_input(mica_model *m, int input, const char *path, mica_tensor **out,
                       mica_error *err);
/* Whether that input is of strings. */
bool takes_texts(const mica_model *m, int input);
/* An .npy file as a tensor. */
mica_status load_npy(mica_context *ctx, const char *path, mica_tensor **out, mica_error *err);

/* A warning with the number of files that are left out and the first of them, where there are more
 * than *told. */
void warn_broken(const mica_dataset *d, int64_t *told);
/* A warning that names the first number which is not finite. */
mica_status warn_not_finite(const mica_dataset *d, const char *name, mica_error *err);

#endif
