/* Stages that choose samples and their order, and make none. */
#ifndef DATA_ARRANGE_H
#define DATA_ARRANGE_H

#include "data/pipe.h"

/* Where a row of an arranged dataset is. */
typedef struct row_place {
    int part;
    uint32_t row;
    uint64_t epoch;
} row_place;

/* An arranged dataset's state begins with this. */
typedef struct arranged {
    mica_status (*find)(const mica_dataset *d, uint64_t epoch, const uint32_t *rows, int64_t count,
                        row_place *out, mica_error *err);
    rooms rooms;
} arranged;

/* pipe_begin for datasets with rows; `find` says where they are. */
mica_status arrange_begin(mica_dataset *const *parts, int count, const char *name,
                          size_t state_bytes, void (*destroy)(mica_dataset *d), mica_dataset **out,
                          mica_error *err);
/* Frees the state. */
void arranged_free(mica_dataset *d);
/* Parts must have the columns of the first one. */
mica_status check_columns_agree(mica_dataset *const *parts, int count, const char *name,
                                mica_error *err);

/* ---- which part is next ---- */

typedef struct chooser {
    int parts, left; /* left: that have not ended */
    bool ended[MOST_PARTS];
    int at;        /* the part of now */
    int64_t block; /* samples of a part in turn; INT64_MAX: all; 0: by chance */
    int64_t taken; /* of the block */
    const double *weights;
    uint64_t key, draws;
    bool stops; /* at the first part that ends */
} chooser;

/* The part of the next samples and for how many of at most `most` (at least 1) it is chosen; -1:
 * all is over. */
int chooser_next(chooser *c, int64_t most, int64_t *run);
/* Of them so few came: it has ended. */
void chooser_end(chooser *c, int part);

#endif
