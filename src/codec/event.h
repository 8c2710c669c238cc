/* TensorBoard's event files: TFRecords of the protocol buffer Event, written by hand.
 *
 *   Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
 *   Summary { repeated Value value = 1; }
 *   Value { string tag = 1; float simple_value = 2; HistogramProto histo = 5; }
 *   HistogramProto { double min = 1, max = 2, num = 3, sum = 4, sum_squares = 5;
 *                    repeated double bucket_limit = 6 [packed], bucket = 7 [packed]; }
 *
 * Source: tensorflow/core/util/event.proto, framework/summary.proto. */
#ifndef CODEC_EVENT_H
#define CODEC_EVENT_H

#include "base/memory.h"

#include <stdio.h>

typedef struct event_file {
    FILE *file;
    char *path;
} event_file;

/* A new file FOLDER/events.out.tfevents.…; the folder is made. wall_time: seconds since 1970. */
mica_status event_open(event_file *f, const char *folder, double wall_time, mica_error *err);
mica_status event_scalar(event_file *f, double wall_time, int64_t step, const char *tag,
                         double value, mica_error *err);
/* `values` counted in 30 equal buckets from the least to the greatest. */
mica_status event_histogram(event_file *f, double wall_time, int64_t step, const char *tag,
                            const double *values, size_t count, mica_error *err);
mica_status event_flush(event_file *f, mica_error *err);
void event_close(event_file *f);

#endif
