/* A model file format from inside: one file and one line in formats.def (FORMAT(keras_h5)). */
#ifndef FORMAT_FORMAT_H
#define FORMAT_FORMAT_H

#include "mica/format.h"
#include "model/model.h"

typedef struct format {
    const char *name;       /* "keras_h5" */
    const char *what;       /* one line for `mica list formats` */
    const char *endings[4]; /* ".h5", ".hdf5"; NULL ends */
    /* Whether the first bytes of a file (at most 4096) are of this format. */
    bool (*probe)(const unsigned char *bytes, size_t size);
    /* May be NULL: cannot. */
    mica_status (*load)(mica_context *ctx, const char *path, mica_model **out, mica_error *err);
    mica_status (*load_weights)(mica_model *m, const char *path, mica_error *err);
    mica_status (*save)(mica_model *m, const char *path, mica_error *err);
    mica_status (*save_weights)(mica_model *m, const char *path, mica_error *err);
} format;

/* A model can be saved there: the ending is of a format, the file can be written. Leaves nothing.
 */
mica_status output_check(const char *path, mica_error *err);
/* The same of a file of weights. */
mica_status weights_output_check(const char *path, mica_error *err);

extern const format *const all_formats[]; /* ends in NULL */
#define FORMAT(name) extern const format format_##name;
#include "format/formats.def"
#undef FORMAT

#endif
