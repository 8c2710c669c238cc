/* Baseline JPEGs (8 bits, Huffman codes, one scan, gray or Y Cb Cr with half or whole chroma: what
 * cameras and tools write) by our own decoder, which is about twice as fast as libjpeg-turbo's and
 * gives the same bits as its fast inverse transform. It takes whole, undamaged files only; all
 * others are libjpeg's, which says what is wrong with them. */
#ifndef CODEC_JPEG_BASELINE_H
#define CODEC_JPEG_BASELINE_H

#include "codec/image_kinds.h"

/* Decodes to samples that are kept in `out` (image_row makes pixels of them), RGB with 255 beside
 * it, or gray. False: it is not for this decoder, and nothing is said. */
bool jpeg_baseline_decode(const unsigned char *bytes, size_t size, image_wish wish, image *out);
/* The pixels of a row, until the next call. */
const unsigned char *jpeg_baseline_row(struct jpeg_baseline *j, int64_t y);
void jpeg_baseline_free(struct jpeg_baseline *j);

#endif
