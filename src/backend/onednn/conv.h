/* What the three convolution kernels share: descriptors of images and weights, cutting the work
 * into pieces, and running forward and backward-data, which both map images through weights.
 *
 * Images are plain (channels last, or first); weights outside are (…, C/groups, F). oneDNN's
 * fast kernels want weights in blocks ("any" chooses them). Weights that never change between runs
 * are packed once by the planner (in_layout); others by the kernel itself into its scratch, at
 * about 1 % of the convolution's time: so a training plan needs no layouts at all. */
#ifndef BACKEND_ONEDNN_CONV_H
#define BACKEND_ONEDNN_CONV_H

#include "backend/onednn/elements.h"
#include "backend/onednn/primitives.h"
#include "op/window.h"

#define MAX_PIECES 16

typedef struct piece {
    int step;
    int64_t in, out; /* where its images begin, in elements */
} piece;

/* The state of conv and conv_backward_data. */
typedef struct conv_state {
    primitives primitives; /* first: primitives_bind reads it */
    int pack; /* the step that packs the weights; -1: they come as the kernel wants them */
    size_t packed_bytes, piece_bytes;
    int64_t activation;
    dnnl_data_type_t type; /* of x, w, y and bias */
    int count;
    piece pieces[MAX_PIECES];
} conv_state;

/* The number of pieces for that much work (multiplications and additions), at most `limit`. */
int64_t pieces_for(double work, double work_of_a_piece, int64_t limit);
/* Images of one piece where `batch` is cut into about `pieces`; all equal where that can be. */
int64_t images_of_piece(int64_t batch, int64_t pieces);
double conv_work(const window *g);

conv_geometry conv_geometry_of(const window *g);
/* oneDNN sees two axes of space, or three: one axis is a row of an image. */
int spaces(const window *g);
/* batch images of that extent, of the wide side (x) or the narrow one (y). */
desc desc_x(const window *g, dnnl_data_type_t type, int64_t batch, const int64_t extent[3]);
desc desc_y(const window *g, dnnl_data_type_t type, int64_t batch, const int64_t extent[3]);
desc desc_vector(dnnl_data_type_t type, int64_t n);
/* Weights as they are outside, and as oneDNN likes them; the rank is one more with groups. */
desc desc_weights(const window *g, dnnl_data_type_t type, bool any);
int weights_rank(const window *g);
void weights_dims(const window *g, int64_t dims[6]);
dnnl_format_tag_t weights_tag(const window *g);

/* Operands of one type that oneDNN has, and shapes that it can say; whether `prepare` takes them
 * where that is bfloat16. */
bool conv_supports(const kernel_spec *s, prepare_function *prepare, void (*release)(void *));
/* Forward or backward-data of spec's convolution; weights are input 1. */
mica_status conv_prepare(const kernel_spec *s, const window *g, bool backward, kernel_plan *p,
                         mica_error *err);
void conv_run(const kernel_call *c);
void conv_release(void *state);

/* The epilogue of an op, on attr; false where oneDNN has no such activation. */
bool post_epilogue(dnnl_primitive_attr_t attr, int64_t activation);

#endif
