/* Histograms of numbers of which nothing is known beforehand: a first pass finds mean and spread, a
 * second counts. Bins are equal steps of 1, 2 or 5 times a power of ten, over what lies within four
 * deviations of the mean;
 * their edges are multiples of the step, never taken from a single value. */
#ifndef MONITOR_HISTOGRAM_H
#define MONITOR_HISTOGRAM_H

#include <stdint.h>

/* Zeroed is empty. Source of the update: Welford, Technometrics 4 (1962). */
typedef struct moments {
    int64_t count, missing; /* missing: not finite */
    double mean, squares;   /* squares: sum of squared differences from the mean */
    double least, most;
} moments;

void moments_add(moments *m, double value);
double moments_deviation(const moments *m);

enum { HISTOGRAM_BINS = 24 };
typedef struct histogram {
    double lower, step; /* bin i is lower + i step … lower + (i + 1) step */
    int bins;
    int64_t counts[HISTOGRAM_BINS], below, above, missing;
} histogram;

histogram histogram_for(const moments *m);
void histogram_add(histogram *h, double value);

#endif
