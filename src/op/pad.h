/* Where the elements of a padded array come from. */
#ifndef OP_PAD_H
#define OP_PAD_H

#include "op/array.h"

/* Position p of y, padded by `low` in front, in x of extent n; -1: the constant. */
int64_t pad_source(int64_t mode, int64_t p, int64_t low, int64_t n);

#endif
