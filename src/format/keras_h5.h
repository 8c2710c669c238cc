/* Keras .h5 files from inside.
 *
 *   /                    attributes model_config, training_config, keras_version, backend,
 * mica_card /model_weights       attribute layer_names; a group a layer with attribute
 * weight_names; the names are paths below that group (a file of weights alone has this at /)
 *   /optimizer_weights   attribute weight_names
 *
 * Written is what both Keras 3 and tf_keras (Keras 2) read. Read is what Keras 1, 2 and 3 write:
 * the attributes are followed, no path is ever built. Lists of names longer than 64512 bytes are
 * split into name0, name1 … Source: keras/src/legacy/saving/legacy_h5_format.py. */
#ifndef FORMAT_KERAS_H5_H
#define FORMAT_KERAS_H5_H

#include "codec/hdf5.h"
#include "codec/hdf5_write.h"
#include "format/card.h"
#include "format/format.h"

#define MICA_PREFIX "mica_" /* of keys of training_config that Keras does not read */
#define LIST_LIMIT 64512    /* of bytes in one attribute; Keras: HDF5_OBJECT_HEADER_LIMIT */

/* ---- lists of names ---- */

/* All of a list, also where it is split; in `a`. NAME where there is none. */
mica_status names_read(h5_object *group, const char *list, arena *a, h5_texts *out,
                       mica_error *err);
mica_status names_write(h5_writer *w, const char *path, const char *list, const char *const *names,
                        size_t count, mica_error *err);

/* ---- reading ---- */

/* One weight of the model and where the file has it. */
typedef struct matched {
    mica_layer *layer;
    weight *weight;
    h5_object *dataset;
    const char *name; /* in the file: "dense_1_1/kernel:0" */
} matched;

/* All weights of the model, in the order of the file's layers. */
typedef struct matching {
    matched *at; /* free() */
    size_t count;
} matching;

/* Opens the bytes of a file, or a path; `name` is what errors call it. */
mica_status keras_h5_load_bytes(mica_context *ctx, const char *name, const void *bytes, size_t size,
                                mica_model **out, mica_error *err);
mica_status keras_h5_load_file(mica_context *ctx, const char *name, h5_file *file, mica_model **out,
                               mica_error *err);
mica_status keras_h5_load_weights(mica_model *m, const char *path, mica_error *err);

/* The group that has layer_names. */
mica_status weights_group(h5_file *file, const char *name, h5_object **group, mica_error *err);
/* How many numbers the file holds for weights: no model that needs more is built. */
mica_status count_weights(h5_object *group, const char *name, int64_t *elements, mica_error *err);
/* Finds every weight: layers by name, or by order where the names are others; shapes are checked.
 */
mica_status match_weights(const mica_model *m, h5_object *group, const char *name, matching *out,
                          mica_error *err);
/* Reads all, then changes all: after an error the model is as it was. */
mica_status read_weights(const matching *found, const char *name, mica_error *err);
/* The optimizer's state, changed whole or not at all. */
mica_status read_optimizer(mica_model *m, h5_file *file, const matching *found, const char *name,
                           mica_error *err);
/* The dataset's numbers as dtype in a new buffer. */
mica_status read_numbers(h5_object *dataset, mica_dtype dtype, const shape *s, buffer **out,
                         mica_error *err);
/* Whether a dataset of numbers has that shape; (128) and (128, 1) differ. */
mica_status check_dataset(h5_object *dataset, const shape *wanted, const char *what,
                          mica_error *err);
/* The variable's value becomes the buffer's, which it takes over. */
void put_value(mica_tensor *variable, buffer *value);

/* ---- writing ---- */

typedef struct saving {
    const mica_model *m;
    h5_writer *w;
    const char *root; /* the group of the weights */
    arena arena;      /* names, and values that are not contiguous; until the file is written */
} saving;

/* A dataset of a variable's value. */
mica_status write_variable(saving *s, const char *path, mica_tensor *v, mica_error *err);
mica_status write_optimizer(saving *s, mica_error *err);
/* training_config's optimizer as both Keras 3 and tf_keras read it; the caller decrefs. */
json_t *keras_optimizer_config(const mica_optimizer *o, mica_error *err);
mica_status keras_h5_save(mica_model *m, const char *path, mica_error *err);
mica_status keras_h5_save_weights(mica_model *m, const char *path, mica_error *err);

#endif
