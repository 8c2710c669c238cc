/* A layer from inside. To add a layer Foo:
 *
 *   1. write src/layer/foo.c: comment with formula, shapes, mask, errors, source; the fields table of
 *      mica_foo_options (include/mica/layers.h); build (adds weights from the input shapes) and
 *      call (emits ops); `const layer_kind layer_foo`; LAYER_CONSTRUCTOR(foo);
 *   2. add LAYER(foo) to src/layer/layers.def.
 *
 * Then configs, `mica list layers`, docs and the battery (round trip, shapes, gradients, recorded
 * values from Keras) have it. */
#ifndef LAYER_LAYER_H
#define LAYER_LAYER_H

#include "base/fields.h"
#include "mica/layers.h"
#include "mica/math.h"
#include "mica/array.h"
#include "mica/nn.h"
#include "part/part.h"
#include "tensor/tensor.h"

#define MAX_LAYER_TENSORS 16

/* One call of a layer: what goes in, what comes out. */
typedef struct layer_frame {
    mica_context *ctx;
    int inputs, outputs;               /* outputs is 1 unless call sets it */
    mica_tensor **in, **masks;         /* a mask is NULL where there is none */
    mica_tensor **out, **out_masks;    /* out_masks start as the layer's default: masks[0] */
    mica_tensor **initial_state, **final_state;
    int initial_states, final_states;
    bool training;
    mica_tensor *counter;              /* int64 scalar, other at every step: for random layers */
    int updates;                       /* variables that this call changes (BatchNormalization) */
    mica_tensor *updated[16], *update_value[16];
    int losses;                        /* extra losses (scalars) */
    mica_tensor *loss[16];
} layer_frame;

/* A weight of a layer. */
typedef struct weight {
    const char *name;        /* "kernel" */
    mica_tensor *variable;   /* named "dense/kernel" */
    bool trainable;
    const char *regularizer, *constraint; /* configs, NULL: none */
} weight;

typedef struct layer_kind {
    const char *name;        /* Keras's class name */
    const field *fields;     /* of its options, LAYER_FIELDS first */
    size_t options_size;
    /* Adds the weights; in: the shapes of the inputs. NULL: no weights. */
    mica_status (*build)(mica_layer *l, const shape *in, int inputs, mica_error *err);
    void (*call)(mica_layer *l, layer_frame *f);
    int min_rank, max_rank;  /* of input 0 with the batch; 0: any */
    int inputs;              /* how many; 0: one; VARIADIC */
    const char *prefix;      /* of default names: "max_pooling2d"; NULL: snake case of the name */
} layer_kind;

struct mica_layer {
    mica_context *ctx;
    const layer_kind *kind;
    mica_layer_options *options; /* resolved: real values; begins with the common fields */
    char *name;
    arena arena;
    bool built, given_name;
    shape built_for[MAX_LAYER_TENSORS];
    int built_inputs;
    weight *weights;
    size_t weight_count, weight_room;
    uint64_t key;                /* random key of this layer: context seed and name */
    mica_layer *next;            /* in the context */
};

/* The fields that every layer has, first in every table. */
#define LAYER_FIELDS(options)                                                                      \
    TEXT(options, name, NULL, .help = "unique in a model; default: the class in snake case"),      \
    NEGATED(options, frozen, "trainable", .help = "false keeps the weights"),                      \
    TEXT(options, dtype, "float32", .help = "compute and variable type")

/* For build: adds variable `name` of shape s, filled by the initializer config. */
mica_status layer_add_weight(mica_layer *l, const char *name, const shape *s,
                             const char *initializer, const char *regularizer,
                             const char *constraint, bool trainable, mica_error *err);
/* For call: the weight's handle (poison where there is none). */
mica_tensor *layer_weight(mica_layer *l, const char *name);
/* For call: the variable becomes value at the end of the step. */
void layer_update(layer_frame *f, mica_tensor *variable, mica_tensor *value);

/* Makes a layer of any kind: from options (NULL: defaults), or from a Keras config. */
mica_layer *layer_new(mica_context *ctx, const layer_kind *kind, const void *options);
mica_layer *layer_from_config(mica_context *ctx, const char *class_name, const json_t *config,
                              mica_error *err);
/* {"class_name": …, "config": {…}} as Keras 3 and 2 both read; the caller decrefs. */
json_t *layer_config(const mica_layer *l, mica_error *err);
/* Builds (once; later calls check that the shapes still fit). Errors name the layer. */
mica_status layer_build(mica_layer *l, const shape *in, int inputs, mica_error *err);
/* Calls through the context's emitter; builds first where needed. Any failure is in the context. */
void layer_call(mica_layer *l, layer_frame *f);
int64_t layer_parameters(const mica_layer *l, bool trainable_only);

const layer_kind *layer_kind_by_name(mica_context *ctx, const char *class_name);
extern const layer_kind *const all_layers[]; /* ends in NULL */
#define LAYER(name) extern const layer_kind layer_##name;
#include "layer/layers.def"
#undef LAYER

#define LAYER_CONSTRUCTOR(x)                                                                       \
    mica_##x##_options mica_##x##_defaults(void) {                                                 \
        return (mica_##x##_options){.size = sizeof(mica_##x##_options)};                           \
    }                                                                                              \
    mica_layer *mica_layer_##x(mica_context *ctx, const mica_##x##_options *options) {             \
        return layer_new(ctx, &layer_##x, options);                                                \
    }

#endif
