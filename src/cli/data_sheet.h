/* A contact sheet: pictures beside and below each other, with a line of text under each. */
#ifndef CLI_DATA_SHEET_H
#define CLI_DATA_SHEET_H

#include "base/error.h"

#include <stdint.h>

typedef struct sheet {
    int64_t width, height; /* of the whole, in pixels */
    int64_t across, cell_width, cell_height;
    unsigned char *pixels; /* RGB */
} sheet;

/* White, with room for `count` pictures, and for so many letters under each, within reason. */
mica_status sheet_open(sheet *s, int64_t count, int64_t width, int64_t height, int64_t letters,
                       mica_error *err);
void sheet_free(sheet *s);
/* One of 1, 3 or 4 channels, 0 … 255; other channels than that: the first one in gray. */
void sheet_put(sheet *s, int64_t at, const float *pixels, int64_t width, int64_t height,
               int64_t channels);
/* Letters of ASCII and digits; cut where it is too long. */
void sheet_text(sheet *s, int64_t at, const char *text);

#endif
