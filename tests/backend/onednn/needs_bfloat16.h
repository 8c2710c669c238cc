/* Tests that need products of bfloat16 say so where there are none. */
#ifndef BACKEND_ONEDNN_NEEDS_BFLOAT16_H
#define BACKEND_ONEDNN_NEEDS_BFLOAT16_H

#include "backend/onednn/elements.h"

#define SKIP_WITHOUT_BFLOAT16()                                                                    \
    if (!onednn_has_bfloat16()) {                                                                  \
        print_message("this CPU has no products of bfloat16\n");                                   \
        skip();                                                                                    \
    }

#endif
