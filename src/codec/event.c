/* See event.h. */
#include "codec/event.h"

#include "base/strbuf.h"
#include "codec/tfrecord.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUCKETS 30

/* ---- protocol buffers ---- */

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static void put_varint(strbuf *out, uint64_t value) {
    char byte;
    for (; value >= 0x80; value >>= 7) {
        byte = (char)(value | 0x80);
        strbuf_put(out, &byte, 1);
    }
    byte = (char)value;
    strbuf_put(out, &byte, 1);
}

static void put_key(strbuf *out, int number, int type) {
    put_varint(out, (uint64_t)number << 3 | (uint64_t)type);
}

static void put_bits(strbuf *out, uint64_t bits, int bytes) {
    for (int i = 0; i < bytes; i++) {
        char byte = (char)(bits >> 8 * i);
        strbuf_put(out, &byte, 1);
    }
}

static void put_real(strbuf *out, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_bits(out, bits, 8);
}

static void put_double(strbuf *out, int number, double value) {
    put_key(out, number, FIXED64);
    put_real(out, value);
}

static void put_float(strbuf *out, int number, double value) {
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    put_key(out, number, FIXED32);
    put_bits(out, bits, 4);
}

static void put_bytes(strbuf *out, int number, const char *bytes, size_t count) {
    put_key(out, number, BYTES);
    put_varint(out, count);
    strbuf_put(out, bytes, count);
}

/* Takes the message. */
static void put_message(strbuf *out, int number, strbuf *message) {
    put_bytes(out, number, message->data ? message->data : "", message->length);
    out->failed |= message->failed;
    strbuf_free(message);
}

/* ---- events ---- */

static mica_status write_event(event_file *f, strbuf *event, mica_error *err) {
    mica_status status = event->failed
                             ? fail_memory(err, event->length, f->path)
                             : tfrecord_write(f->file, f->path, event->data, event->length, err);
    strbuf_free(event);
    return status;
}

/* One value in a summary in an event; takes the value. */
static mica_status write_value(event_file *f, double wall_time, int64_t step, strbuf *value,
                               mica_error *err) {
    strbuf event = {0}, summary = {0};
    put_double(&event, 1, wall_time);
    put_key(&event, 2, VARINT);
    put_varint(&event, (uint64_t)step);
    put_message(&summary, 1, value);
    put_message(&event, 5, &summary);
    return write_event(f, &event, err);
}

mica_status event_scalar(event_file *f, double wall_time, int64_t step, const char *tag,
                         double value, mica_error *err) {
    strbuf message = {0};
    put_bytes(&message, 1, tag, strlen(tag));
    put_float(&message, 2, value);
    return write_value(f, wall_time, step, &message, err);
}

static void put_packed(strbuf *out, int number, const double *values, int count) {
    strbuf packed = {0};
    for (int i = 0; i < count; i++) put_real(&packed, values[i]);
    put_message(out, number, &packed);
}

static void put_histogram(strbuf *out, const double *values, size_t count) {
    double least = count ? values[0] : 0, most = least, sum = 0, squares = 0;
    double limit[BUCKETS], bucket[BUCKETS] = {0};
    for (size_t i = 0; i < count; i++) {
        if (values[i] < least) least = values[i];
        if (values[i] > most) most = values[i];
        sum += values[i];
        squares += values[i] * values[i];
    }
    double width = most > least ? (most - least) / BUCKETS : 1;
    for (int i = 0; i < BUCKETS; i++) limit[i] = least + width * (i + 1);
    for (size_t i = 0; i < count; i++) {
        double place = (values[i] - least) / width;
        bucket[place >= BUCKETS ? BUCKETS - 1 : place > 0 ? (int)place : 0]++;
    }
    put_double(out, 1, least), put_double(out, 2, most), put_double(out, 3, (double)count);
    put_double(out, 4, sum), put_double(out, 5, squares);
    put_packed(out, 6, limit, BUCKETS), put_packed(out, 7, bucket, BUCKETS);
}

mica_status event_histogram(event_file *f, double wall_time, int64_t step, const char *tag,
                            const double *values, size_t count, mica_error *err) {
    strbuf message = {0}, histogram = {0};
    put_bytes(&message, 1, tag, strlen(tag));
    put_histogram(&histogram, values, count);
    put_message(&message, 5, &histogram);
    return write_value(f, wall_time, step, &message, err);
}

/* ---- files ---- */

static mica_status make_folders(char *path, mica_error *err) {
    for (char *at = path + 1;; at++) {
        if (*at && *at != '/') continue;
        char kept = *at;
        *at = 0;
        bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        if (!made) return fail_errno(err, path, "make the folder");
        *at = kept;
        if (!kept) return MICA_OK;
    }
}

mica_status event_open(event_file *f, const char *folder, double wall_time, mica_error *err) {
    size_t room = strlen(folder) + 96;
    strbuf event = {0};
    *f = (event_file){.path = allocate(room, 1)};
    if (!f->path || !*folder) return fail_memory(err, room, folder);
    memcpy(f->path, folder, strlen(folder) + 1);
    TRY(make_folders(f->path, err));
    snprintf(f->path, room, "%s/events.out.tfevents.%010.0f.%d.v2", folder, wall_time,
             (int)getpid());
    f->file = fopen(f->path, "ab");
    if (!f->file) return fail_errno(err, f->path, "open");
    put_double(&event, 1, wall_time);
    put_bytes(&event, 3, "brain.Event:2", strlen("brain.Event:2"));
    return write_event(f, &event, err);
}

mica_status event_flush(event_file *f, mica_error *err) {
    return fflush(f->file) ? fail_errno(err, f->path, "write") : MICA_OK;
}

void event_close(event_file *f) {
    if (f->file) fclose(f->file);
    free(f->path);
    *f = (event_file){.file = NULL};
}
