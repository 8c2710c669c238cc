/* The leading layers of a model that prepare pictures, applied as the first step of a training
 * applies them, and what they made as pixels that can be looked at. */
#ifndef CLI_PREVIEW_LAYERS_H
#define CLI_PREVIEW_LAYERS_H

#include "base/strbuf.h"
#include "batch/batches.h"
#include "model/model.h"
#include "transform/preprocess_input.h"

typedef struct leading_layers {
    mica_model *model;          /* NULL: there is none */
    int last;                   /* the node whose output is shown; the input's: no layer prepares */
    int count;                  /* of layers of the model that are applied */
    int feeds;                  /* inputs of the model, */
    int feed[MAX_MODEL_INPUTS]; /* which of the batches each reads, */
    shape shape[MAX_MODEL_INPUTS];
} leading_layers;

/* Those of m (NULL: none), and the feeds of its inputs in place of the columns' own. Pictures in
 * other numbers after the last one that changes them are not made. */
mica_status leading_layers_of(mica_model *m, const mica_dataset *d, feed *feeds,
                              leading_layers *out, mica_error *err);
/* Their classes, ", " between. */
void leading_names(const leading_layers *l, strbuf *out);

/* Pictures of one size, pixels 0 … 255. */
typedef struct picture_batch {
    int64_t rows, height, width, channels;
    float *pixels;
    bool stretched; /* the numbers that were there are no pixels: from the least to the greatest */
    float least, greatest;
} picture_batch;

/* The rows of the batch that the buffers hold; free the pixels. `mode` is how the data were
 * prepared, pictures: they were 0 … 255 before. */
mica_status leading_pictures(const leading_layers *l, const batches *b, preprocess_mode mode,
                             int64_t rows, picture_batch *out, mica_error *err);

#endif
