/* logical_xor: y = one of a, b, not both.  Any shapes that broadcast; what is not bool is cast
 * first; y bool. It is not_equal of bools.  Source: numpy.logical_xor; ONNX Xor. */
#include "op/elementwise.h"

mica_tensor *mica_logical_xor(mica_tensor *a, mica_tensor *b) {
    NEEDS(a, b);
    return mica_not_equal(mica_cast(a, MICA_BOOL), mica_cast(b, MICA_BOOL));
}
