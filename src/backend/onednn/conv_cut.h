/* Cutting a convolution over images into pieces, each with its primitive: whole images of a batch,
 * or rows of a single one.
 *
 * All pieces share the weights, in the blocks that the first one's primitive chose. oneDNN chooses
 * them by the extent of a piece too (on AVX-512 a last piece of two rows wants blocks of 64 filters
 * where three rows want 48), and has but its slow reference for one that is given the other's
 * blocks. Then there are half as many pieces, in the end one: a whole that has a fast kernel is
 * never refused because of its parts. */
#ifndef BACKEND_ONEDNN_CONV_CUT_H
#define BACKEND_ONEDNN_CONV_CUT_H

#include "backend/onednn/conv.h"

/* What prepare is about. */
typedef struct conv_job {
    conv_state *state;
    const window *g;
    bool backward, inference, bias;
    desc weights; /* as the first primitive wanted them */
    mica_error *err;
} conv_job;

/* Fills the state's pieces and the job's weights. */
mica_status conv_cut(conv_job *j);

#endif
