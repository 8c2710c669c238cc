/* validation_split: the last part of the data. Arrays are split as they are (Keras's fit); data
 * that come class after class are put into an order that the seed chooses first, because their last
 * part would be the last classes (keras.utils.image_dataset_from_directory). Windows of a time
 * series that would be on both sides are left out. */
#ifndef TRAIN_SPLIT_H
#define TRAIN_SPLIT_H

#include "data/dataset.h"

/* The data in the order in which they are split (the caller destroys them: a view, or the data
 * themselves, counted once more), and the number of rows before the last part. */
mica_status split_data(mica_dataset *data, double split, mica_dataset **out, int64_t *rows,
                       mica_error *err);

#endif
