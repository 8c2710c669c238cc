/* What the tests every_..._is_recorded and every_..._is_trained do not ask for: things of the
 * tables that Keras has not, or draws otherwise, each with the reason or the place of another
 * proof. A user who adds a loss that Keras lacks adds a line here. A line that is not needed is an
 * error too. */
#ifndef SUPPORT_EXCEPTIONS_H
#define SUPPORT_EXCEPTIONS_H

#include <stdbool.h>
#include <string.h>

static const struct exception {
    const char *sort, *name, *reason;
} exceptions[] = {
    {"recorded layer", "InputLayer",
     "computes nothing; every model of recorded/fits begins with it"},
    {"trained layer", "Dropout", "Keras draws other numbers: layer/test_layer.c"},
    {"trained layer", "SpatialDropout1D", "Keras draws other numbers: layer/test_noise.c"},
    {"trained layer", "SpatialDropout2D", "Keras draws other numbers: layer/test_noise.c"},
    {"trained layer", "SpatialDropout3D", "Keras draws other numbers: layer/test_noise.c"},
    {"trained layer", "AlphaDropout", "Keras draws other numbers: layer/test_noise.c"},
    {"trained layer", "GaussianDropout", "Keras draws other numbers: layer/test_noise.c"},
    {"trained layer", "GaussianNoise", "Keras draws other numbers: layer/test_noise.c"},
    {"recorded metric", "accuracy", "becomes one of three others"},
    {"recorded metric", "mean", "what other metrics are made of"},
    {"recorded metric", "confusion_matrix", "has its own test there"},
    {"recorded metric", "expected_calibration_error", "not in Keras: metric/test_metric.c"},
};

static inline bool is_exception(const char *sort, const char *name) {
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        if (!strcmp(exceptions[i].sort, sort) && !strcmp(exceptions[i].name, name)) return true;
    return false;
}

/* Fails unless it was found, or is excepted; `tool` makes what is missing. */
#define EXPECT_FOUND(found, sort, name, tool)                                                      \
    do {                                                                                           \
        if ((found) == is_exception(sort, name))                                                   \
            fail_msg("%s %s: %s", sort, name,                                                      \
                     (found) ? "needs no line in support/exceptions.h" : "missing: " tool);        \
    } while (0)

#endif
