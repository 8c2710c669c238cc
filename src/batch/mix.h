/* MixUp and CutMix: what changes inputs and targets of a batch together, while it is brought. Every
 * draw is a function of the key, the epoch and the place of the batch in it: the same after a
 * resume, whoever brings the batch. Source: keras.layers.MixUp, CutMix; Zhang et al. (2017), Yun et
 * al. (2019). */
#ifndef BATCH_MIX_H
#define BATCH_MIX_H

#include "base/memory.h"
#include "tensor/tensor.h"

#define MAX_MIXES 8

/* One column that is mixed: floats of that shape, without the batch. */
typedef struct mix_column {
    mica_dtype dtype;
    shape shape;
    bool target;      /* mixed by shares; else an input, by pixels */
    const char *name; /* for errors: "input 0" */
} mix_column;

typedef struct mix_step {
    const struct mix_kind *kind;
    double alpha;     /* MixUp: of the Beta distribution */
    double low, high; /* CutMix: range of alpha */
    bool channels_first;
    uint64_t key;
} mix_step;

typedef struct mixing {
    int steps;
    mix_step step[MAX_MIXES];
    int columns;
    mix_column *column;
    const bool *mixed; /* which columns are; the others stay */
    int64_t batch_size;
    void *before;     /* a column as it was */
    uint32_t *others; /* whom each row is mixed with */
    double *share;    /* of its own, for each row */
    double *box;      /* CutMix: left, right, top, bottom, as parts of the sides */
} mixing;

/* From configs: "MixUp", or {"class_name": "CutMix", "config": {"factor": 0.5}}. */
mica_status mixing_add(mixing *m, const char *config, uint64_t seed, mica_error *err);
/* The columns in the order of the buffers, those that are not `mixed` stay; buffers hold up to
 * batch_size rows. Errors: TYPE for whole numbers, SHAPE for CutMix of what is no image. */
mica_status mixing_open(mixing *m, const mix_column *columns, const bool *mixed, int count,
                        int64_t batch_size, mica_error *err);
void mixing_close(mixing *m);
void mix_rows(const mixing *m, void *const *buffer, int64_t rows, uint64_t epoch, int64_t at);

#endif
