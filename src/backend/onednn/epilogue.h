/* ReLU and ReLU6 behind convolutions and matmul, by a loop over the piece that was just made:
 * oneDNN's own take the greater of x and 0 in the order that gives 0 for NaN. (Its other
 * activations keep NaN.) */
#ifndef BACKEND_ONEDNN_EPILOGUE_H
#define BACKEND_ONEDNN_EPILOGUE_H

#include <dnnl_types.h>
#include <stdbool.h>
#include <stdint.h>

/* Whether that is how an epilogue is done. */
bool clamps(int64_t activation);
/* y = min(max(y, 0), 6 or infinity), NaN of NaN, in n numbers of each row; strides are elements. */
void clamp_rows(int64_t activation, dnnl_data_type_t type, void *y, int64_t rows, int64_t n,
                int64_t stride);

#endif
