/* What a column's cells tell: learned from blocks that come again and again until it is known, with
 * no more than bounded memory. A table that lies in memory is one block. */
#ifndef DATA_CLEAN_LEARN_H
#define DATA_CLEAN_LEARN_H

#include "base/strbuf.h"
#include "table/table.h"
#include "transform/columns.h"
#include "transform/key_counts.h"

typedef enum lesson {
    LEARN_NOTHING, /* not even how many cells are missing */
    LEARN_MISSING,
    LEARN_MOMENTS,
    LEARN_QUARTILES,
    LEARN_FREQUENT, /* of equally frequent ones the least */
} lesson;

typedef struct learner {
    lesson what;
    bool known;
    size_t most; /* different values that are held at a time */
    int64_t rows, missing;
    column_moments moments; /* of all but texts; least and most also with quartiles */
    double quartile[QUARTILES];
    double value; /* the most frequent one */
    strbuf text;
    /* on the way */
    bool counted; /* rows and missing */
    bool whole;   /* keys are of whole numbers, dates or truth values, not of reals */
    moment_sums sums;
    key_counts keys;
    quartile_ranks ranks;
    uint64_t best;
    bool comparing; /* texts: which of the most frequent ones is the least */
    double *numbers;
    uint64_t *room;
    size_t numbers_room, room_room;
} learner;

/* Column i of the next block. */
mica_status learner_look(learner *l, const mica_table *t, int i, mica_error *err);
/* The blocks are through: known, or they are to come again. texts: the column is one of texts. */
mica_status learner_turn(learner *l, bool texts, mica_error *err);
void learner_free(learner *l);

#endif
