/* Pixels of 0 … 255 as networks that were trained on ImageNet take them. Source:
 * keras.src.applications.imagenet_utils.preprocess_input. */
#ifndef TRANSFORM_PREPROCESS_INPUT_H
#define TRANSFORM_PREPROCESS_INPUT_H

#include <stdint.h>

typedef enum preprocess_mode {
    PREPROCESS_NONE,
    PREPROCESS_CAFFE, /* BGR, minus the means of ImageNet: VGG16, VGG19, ResNet50 */
    PREPROCESS_TF,    /* -1 … 1: MobileNet, Inception, Xception, ResNet50V2, NASNet */
    PREPROCESS_TORCH  /* (x / 255 - mean) / deviation of each channel: DenseNet */
} preprocess_mode;

/* By the numbers of the modes; NULL ends. */
#define PREPROCESS_MODES                                                                           \
    { "none", "caffe", "tf", "torch", NULL }

/* In place. channels is 3 but for PREPROCESS_TF. */
void preprocess_input(preprocess_mode mode, float *x, int64_t pixels, int64_t channels);
/* What it was made of, to be looked at. */
void preprocess_input_undo(preprocess_mode mode, float *x, int64_t pixels, int64_t channels);

#endif
