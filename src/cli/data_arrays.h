/* Samples as arrays of NumPy. A picture that cannot be read is an error: rows would be missing. */
#ifndef CLI_DATA_ARRAYS_H
#define CLI_DATA_ARRAYS_H

#include "data/dataset.h"

/* All arrays of the dataset, under their names. */
mica_status write_npz(const mica_dataset *d, const char *out, mica_error *err);
/* Its only array. */
mica_status write_npy(const mica_dataset *d, const char *out, mica_error *err);

#endif
