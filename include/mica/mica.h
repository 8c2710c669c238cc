/* All of mica's interface. */
#ifndef MICA_H
#define MICA_H

#include "mica/api.h"
#include "mica/array.h"
#include "mica/context.h"
#include "mica/control.h"
#include "mica/data.h"
#include "mica/dtype.h"
#include "mica/format.h"
#include "mica/initializers.h"
#include "mica/layers.h"
#include "mica/layers_attention.h"
#include "mica/layers_merge.h"
#include "mica/layers_noise.h"
#include "mica/layers_norm.h"
#include "mica/layers_sequence.h"
#include "mica/losses.h"
#include "mica/math.h"
#include "mica/metrics.h"
#include "mica/model.h"
#include "mica/nn.h"
#include "mica/optimizers.h"
#include "mica/options.h"
#include "mica/regularizers.h"
#include "mica/schedules.h"
#include "mica/session.h"
#include "mica/status.h"
#include "mica/tape.h"
#include "mica/tensor.h"
#include "mica/train.h"

#endif
