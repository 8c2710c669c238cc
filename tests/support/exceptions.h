/* What the tests every_..._is_recorded and every_..._is_trained do not ask for: things of the
 * tables that Keras has not, or draws otherwise. Each names another proof, a test that holds its
 * numbers, as "file test", which is looked up; or the reason why there is nothing to prove. A user
 * who adds a loss that Keras lacks writes such a test and adds a line here. A line that is not
 * needed is an error too. */
#ifndef SUPPORT_EXCEPTIONS_H
#define SUPPORT_EXCEPTIONS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAWS "Keras draws other numbers"

static const struct exception {
    const char *sort, *name, *reason, *proof; /* proof: NULL where nothing is computed */
} exceptions[] = {
    {"recorded layer", "InputLayer", "every model of recorded/fits begins with it", NULL},
    {"trained layer", "Dropout", DRAWS,
     "layer/test_layer.c dropout_drops_its_share_and_keeps_the_mean"},
    {"trained layer", "SpatialDropout1D", DRAWS,
     "layer/test_noise.c spatial_dropout_drops_whole_channels"},
    {"trained layer", "SpatialDropout2D", DRAWS,
     "layer/test_noise.c spatial_dropout_drops_whole_channels"},
    {"trained layer", "SpatialDropout3D", DRAWS,
     "layer/test_noise.c spatial_dropout_drops_whole_channels"},
    {"trained layer", "AlphaDropout", DRAWS,
     "layer/test_noise.c alpha_dropout_keeps_mean_and_variance"},
    {"trained layer", "GaussianDropout", DRAWS, "layer/test_noise.c noise_has_mean_and_variance"},
    {"trained layer", "GaussianNoise", DRAWS, "layer/test_noise.c noise_has_mean_and_variance"},
    {"trained layer", "RandomFlip", DRAWS,
     "layer/test_augment.c half_of_the_images_are_flipped_whole"},
    {"trained layer", "RandomShear", DRAWS, "layer/test_augment.c shears_have_both_signs"},
    {"trained layer", "RandomCrop", DRAWS,
     "layer/test_augment.c crops_begin_anywhere_and_are_the_same_of_a_batch"},
    {"trained layer", "RandomErasing", DRAWS,
     "layer/test_augment.c erased_boxes_have_the_size_and_place_that_is_asked"},
    {"trained layer", "RandomGrayscale", DRAWS,
     "layer/test_augment.c grey_images_are_as_many_as_asked"},
    {"recorded metric", "accuracy", "becomes one of three others",
     "metric/test_metric.c accuracy_is_chosen_by_the_shapes"},
    {"recorded metric", "mean", "what other metrics are made of", NULL},
    {"recorded metric", "confusion_matrix", "has a test of its own",
     "metric/test_recorded.c the_confusion_matrix_equals_keras"},
    {"recorded metric", "expected_calibration_error", "not in Keras",
     "metric/test_metric.c calibration_error_is_the_distance_of_confidence_from_accuracy"},
};

/* Whether tests/FILE has TEST(name), for a proof "FILE name". */
static inline bool has_test(const char *proof) {
    char path[1024], wanted[160], line[512];
    const char *source = getenv("MICA_SOURCE"), *space = strchr(proof, ' ');
    snprintf(path, sizeof path, "%s/tests/%.*s", source ? source : ".", (int)(space - proof),
             proof);
    snprintf(wanted, sizeof wanted, "TEST(%s)", space + 1);
    FILE *f = fopen(path, "r");
    bool found = false;
    while (f && !found && fgets(line, sizeof line, f)) found = strstr(line, wanted) != NULL;
    if (f) fclose(f);
    return found;
}

static inline const struct exception *exception_of(const char *sort, const char *name) {
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        if (!strcmp(exceptions[i].sort, sort) && !strcmp(exceptions[i].name, name))
            return &exceptions[i];
    return NULL;
}

static inline bool is_exception(const char *sort, const char *name) {
    return exception_of(sort, name) != NULL;
}

/* Fails unless it was found, or is excepted with a proof that is there; `tool` makes what is
 * missing. */
#define EXPECT_FOUND(found, sort, name, tool)                                                      \
    do {                                                                                           \
        const struct exception *e_ = exception_of(sort, name);                                     \
        if ((found) == (e_ != NULL))                                                               \
            fail_msg("%s %s: %s", sort, name,                                                      \
                     (found) ? "needs no line in support/exceptions.h"                             \
                             : "missing: " tool " makes it; what Keras has not gets a line in "    \
                               "support/exceptions.h");                                            \
        if (e_ && e_->proof && !has_test(e_->proof))                                               \
            fail_msg("support/exceptions.h: %s %s: there is no test '%s'", sort, name, e_->proof); \
    } while (0)

#endif
