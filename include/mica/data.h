/* Datasets: samples with inputs and targets, read row by row in any order. */
#ifndef MICA_DATA_H
#define MICA_DATA_H

#include "mica/tensor.h"

MICA_API_BEGIN

typedef struct mica_dataset mica_dataset;

typedef enum mica_part { MICA_TRAIN, MICA_TEST } mica_part;

/* The MNIST files of a folder (idx, gzipped or not): x (N, 28, 28) uint8, y (N) uint8. The context
 * owns the dataset; a failure gives an empty one, and mica_check tells the error. */
mica_dataset *mica_load_mnist(mica_context *ctx, const char *folder, mica_part part);
/* What a SPEC names: an IDX folder, a .npz with x and y, class folders of images; or kind:path. */
mica_dataset *mica_load(mica_context *ctx, const char *spec, mica_part part);
/* From tensors: first axes are the samples. weights: one per sample, may be NULL. Keeps them. */
mica_dataset *mica_dataset_new(mica_context *ctx, mica_tensor *const *inputs, int input_count,
                               mica_tensor *const *targets, int target_count,
                               mica_tensor *weights);
/* Frees it before the context does; sets *dataset to NULL. */
void mica_dataset_destroy(mica_dataset **dataset);

int64_t mica_dataset_size(const mica_dataset *d); /* samples */
int mica_dataset_classes(const mica_dataset *d);  /* names of classes that are known; 0: none */
const char *mica_dataset_class_name(const mica_dataset *d, int i);
/* The rows first … first + count - 1 as a dataset that shares the data. */
mica_dataset *mica_dataset_range(mica_dataset *d, int64_t first, int64_t count);

MICA_API_END

#endif
