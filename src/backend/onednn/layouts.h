/* Layouts of packed weights as the planner keeps them: see layout in backend/kernel.h. */
#ifndef BACKEND_ONEDNN_LAYOUTS_H
#define BACKEND_ONEDNN_LAYOUTS_H

#include "backend/onednn/conv.h"

/* The layout of packed weights; false where no tag of oneDNN says it (then it cannot be kept). */
bool layout_of_weights(const window *g, dnnl_data_type_t type, desc packed, layout *out);

mica_status onednn_reorder(const operand *what, const layout *from, const void *in,
                           const layout *to, void *out, team *team, mica_error *err);

#endif
