/* A layer from inside. To add a layer Foo:
 *
 *   1. write src/layer/foo.c: comment with formula, shapes, mask, errors, source; the fields table
 * of mica_foo_options (include/mica/layers*.h); build (adds weights from the input shapes) and call
 * (emits ops); `const layer_kind layer_foo`; LAYER_CONSTRUCTOR(foo);
 *   2. add LAYER(foo) to src/layer/layers.def.
 *
 * Then configs, `mica list layers`, docs and the battery (round trip, shapes, gradients, recorded
 * values from Keras) have it. */
#ifndef LAYER_LAYER_H
#define LAYER_LAYER_H

#include "base/fields.h"
#include "mica/array.h"
#include "mica/layers.h"
#include "mica/math.h"
#include "mica/nn.h"
#include "mica/recurrent.h"
#include "op/op.h"
#include "part/part.h"
#include "tensor/tensor.h"

#define MAX_LAYER_INPUTS 64
#define MAX_LAYER_OUTPUTS 16
#define MAX_STATES 8
#define MAX_TABLES 4

struct mica_dataset;

/* One call of a layer: what goes in, what comes out. */
typedef struct layer_frame {
    mica_context *ctx;
    int inputs, outputs;       /* outputs is 1 unless call sets it */
    mica_tensor **in, **masks; /* a mask is NULL where there is none */
    const signed char *role;   /* which of the kind's arguments in[i] is; NULL: in their order */
    const void *arguments;     /* of the kind's call_fields, resolved; NULL: all defaults */
    mica_tensor **out, **out_masks; /* out_masks start as the layer's default: masks[0] */
    mica_tensor **initial_state, **final_state;
    int initial_states, final_states;
    bool training;
    mica_tensor *counter; /* int64 scalar, other at every step: for random layers;
                             NULL: the context's own count of eager calls */
    int updates;          /* variables that this call changes (BatchNormalization) */
    mica_tensor *updated[16], *update_value[16];
    int losses; /* extra losses (scalars) */
    mica_tensor *loss[16];
} layer_frame;

/* A weight of a layer. */
typedef struct weight {
    const char *name;      /* "kernel" */
    mica_tensor *variable; /* named "dense/kernel" */
    bool trainable;
    const char *regularizer, *constraint; /* configs, NULL: none */
} weight;

/* An option that is a layer itself: Bidirectional's "layer". */
typedef struct inner_layer {
    const char *name; /* in files; NULL ends */
    size_t offset;    /* in the options: of a mica_layer *, or of `most` of them, NULL ends */
    int most;         /* above 1: a list in files */
    bool optional;
} inner_layer;

/* Keras's preprocessing and augmentation of pictures. */
typedef enum preparing {
    PREPARES_NOTHING,
    PREPARES_NUMBERS, /* the same picture, in other numbers or another shape */
    PREPARES_PICTURES /* another picture */
} preparing;

typedef struct layer_kind {
    const char *name;       /* Keras's class name */
    const char *aliases[4]; /* further class names; NULL ends */
    bool not_in_keras;      /* a user's, or mica's own: files name the class alone */
    const field *fields;    /* of its options, LAYER_FIELDS first */
    size_t options_size;
    const renamed_key *renamed; /* .from NULL ends; may be NULL */
    const char *const *ignored; /* keys of other dialects that change nothing; NULL ends */
    /* Changes a config of an older dialect in place, where renaming is not enough; may be NULL. */
    mica_status (*translate)(json_t *config, const char *what, mica_error *err);
    /* What the table cannot say about options; may be NULL. */
    mica_status (*check)(const void *options, const char *what, mica_error *err);
    /* Of a layer around others: which options they are. Their weights are borrowed (layer_borrow).
     */
    const inner_layer *inner;
    /* Called when the options are there, to make them fit each other; may be NULL. */
    mica_status (*complete)(mica_layer *l, mica_error *err);
    /* Of cells, which RNN calls step by step: how many states, the width of each, and of the
     * output. Inputs are x (B, ...) and the states, outputs are y and the new states. NULL: no
     * cell. */
    int (*states)(const mica_layer *l, int64_t width[MAX_STATES + 1]);
    /* Adds the weights; in: the shapes of the inputs. Called again for other shapes: then
     * layer_add_weight checks that they ask for the same weights. NULL: no weights. */
    mica_status (*build)(mica_layer *l, const shape *in, int inputs, mica_error *err);
    void (*call)(mica_layer *l, layer_frame *f);
    int min_rank, max_rank; /* of every input with the batch; 0: any */
    int inputs;             /* how many; 0: one; VARIADIC */
    /* Where inputs have names in the call, as MultiHeadAttention's: all of them, in Keras's order;
     * NULL ends. Those that are left out need roles. NULL: a list, or the only one. */
    const char *const *arguments;
    const field *call_fields; /* what else a call takes, but for training; NULL: nothing */
    size_t call_size;         /* of its struct */
    bool keeps_integers;      /* takes integers as they are; else they become the compute dtype */
    bool keeps_strings;       /* takes strings; else they are refused */
    bool keeps_floats;        /* takes floats of any type as they are */
    bool takes_states;        /* inputs after the first are its first states: "initial_state" */
    bool ends_mask;           /* does not pass on the mask of its first input */
    bool takes_masks;      /* its inputs have no masks any more for the layers that come later in a
                              model: Keras's MultiHeadAttention takes them off its tensors */
    bool borrows_weights;  /* its weights are of other layers: a model as a layer */
    preparing prepares;    /* what it does to pictures before a network learns from them */
    bool whole_by_default; /* its dtype is int64 where nobody says one and output_mode is "int" */
    /* Learns from the first input of the data: what mica_layer_adapt is for; NULL: nothing to. */
    mica_status (*adapt)(mica_layer *l, const struct mica_dataset *d, mica_error *err);
    /* Whether it was given what adapt finds; NULL: never. */
    bool (*knows)(const mica_layer *l);
    void (*release)(mica_layer *l); /* when it is freed before the context; may be NULL */
} layer_kind;

struct mica_layer {
    mica_context *ctx;
    const layer_kind *kind;
    mica_layer_options *options; /* resolved: real values; begins with the common fields */
    char *name;
    arena arena;
    bool failed; /* could not be made: its error is or was in the context */
    bool built, given_name;
    bool adapted; /* what it knows is of mica_layer_adapt, not given */
    mica_dtype compute_dtype, variable_dtype;
    shape built_for[MAX_LAYER_INPUTS];
    int built_inputs;
    weight *weights;
    size_t weight_count, weight_room;
    mica_tensor *state[MAX_STATES]; /* of a stateful layer: variables that are no weights */
    int state_count;
    mica_tensor *table[MAX_TABLES]; /* constants of its options that calls read; NULL: none */
    unsigned revision;              /* +1 when they change: what was traced before is stale */
    uint64_t key;                   /* of random calls: context seed and name */
    const signed char *roles; /* for build: as the frame's of the call that builds; else NULL */
    int holders;              /* models and outer layers that have it: the last one frees it */
    bool holds_inner;         /* it is a holder of its inner layers */
    void (*leaving)(mica_layer *l); /* told when it is freed before the context; NULL: nobody */
    mica_layer *next;               /* in the context */
};

/* What a layer of that kind is, where it says no dtype: the context's policy; inputs are float32,
 * as Keras's. output_mode: its option of that name, NULL: the default, or it has none. */
const char *layer_policy(const mica_context *ctx, const layer_kind *kind, const char *output_mode);
/* What a layer's dtype may be: a type, or Keras's mixed policies. */
extern const char *const dtype_policies[];

/* The fields that every layer has, first in every table. */
#define LAYER_FIELDS(options) LAYER_FIELDS_TRAINABLE(options, 0)
/* The same for a class of Keras that does not take "trainable" back. */
#define LAYER_FIELDS_UNTRAINED(options) LAYER_FIELDS_TRAINABLE(options, FIELD_HIDDEN)
#define LAYER_FIELDS_TRAINABLE(options, trainable_flags)                                           \
    TEXT(options, name, NULL, NULLABLE,                                                            \
         .help = "unique in a model; default: the class in snake case"),                           \
        NEGATED(options, frozen, "trainable", .flags = trainable_flags,                            \
                .help = "false keeps the weights"),                                                \
        TEXT(options, dtype, "float32", .choices = dtype_policies,                                 \
             .help = "compute and variable type")

/* For build: adds variable `name` of shape s, filled by the initializer config. */
mica_status layer_add_weight(mica_layer *l, const char *name, const shape *s,
                             const char *initializer, const char *regularizer,
                             const char *constraint, bool trainable, mica_error *err);
/* For build: the weights of `from` that are trainable, or not, become weights of l too. */
mica_status layer_borrow(mica_layer *l, const mica_layer *from, bool trainable, mica_error *err);
/* For build: those of all inner layers, the trainable ones first, as Keras keeps them; once. */
mica_status layer_borrow_inner(mica_layer *l, mica_error *err);
/* For call: calls an inner layer as this call is; its updates and losses are this layer's. */
void layer_call_inner(layer_frame *f, mica_layer *inner, layer_frame *call);
/* Inner layer number i, counted over all options; NULL past the last. */
mica_layer *layer_inner(const mica_layer *l, int i);
/* A boolean option by name, NULL where the kind has none. */
bool *layer_flag(const mica_layer *l, const char *name);
/* For call: the weight's handle (poison where there is none). */
mica_tensor *layer_weight(mica_layer *l, const char *name);
/* The same without the cast to the compute type. */
mica_tensor *layer_variable(mica_layer *l, const char *name);
/* For call: the variable becomes value at the end of the step. */
void layer_update(layer_frame *f, mica_tensor *variable, mica_tensor *value);

/* Makes t what l->table[i] holds, and drops what it held. */
void layer_set_table(mica_layer *l, int i, mica_tensor *t);

/* The options of a layer as its own struct. */
#define OPTIONS_OF(l, x) ((const mica_##x##_options *)(l)->options)

/* Makes a layer of any kind: from options (NULL: defaults; a failure is in the context, and the
 * layer has `failed` set; NULL only without memory), or from a Keras config (NULL after an error).
 */
mica_layer *layer_new(mica_context *ctx, const layer_kind *kind, const void *options);
mica_layer *layer_from_config(mica_context *ctx, const char *class_name, const json_t *config,
                              mica_error *err);
/* {"class_name": …, "config": {…}} as Keras 3 and 2 both read; the caller decrefs. */
json_t *layer_config(const mica_layer *l, mica_error *err);
/* Gives it and its weights another name (before it is built: another random key too). */
mica_status layer_rename(mica_layer *l, const char *name, mica_error *err);
/* The default name without a number: "max_pooling2d". */
void layer_default_name(const layer_kind *kind, char name[64]);
void layer_set_frozen(mica_layer *l, bool frozen);
/* Frees a layer before the context does, with its weights. NULL is allowed. */
void layer_free(mica_layer *l);
/* Holders: one more; one less, and the last frees it; frees it where there is none yet (NULL
 * allowed). A layer that never had a holder is the context's. */
void layer_hold(mica_layer *l);
void layer_drop(mica_layer *l);
void layer_discard(mica_layer *l);
/* Whether it learns from data, and neither did so nor was given what it learns. */
bool layer_wants_adapting(const mica_layer *l);
/* Builds (once; later calls check that the shapes still fit). Errors name the layer. */
mica_status layer_build(mica_layer *l, const shape *in, int inputs, mica_error *err);
/* Calls through the context's emitter; builds first where needed. Any failure is in the context. */
void layer_call(mica_layer *l, layer_frame *f);
/* What the regularizer of weight i adds to the loss; NULL: nothing. */
mica_tensor *layer_penalty(mica_layer *l, size_t i);
int64_t layer_parameters(const mica_layer *l, bool trainable_only);

/* For call and build: which input has that role (the number in the kind's arguments); -1: none. */
int layer_input_of(const signed char *roles, int inputs, int role);
/* The mask of input i, and of output i: (B, T…), true where a step counts; NULL: none, all do. */
mica_tensor *layer_mask(const layer_frame *f, int i);
void layer_set_mask(layer_frame *f, int i, mica_tensor *mask);
/* For call: adds the activity regularizer's loss of y (regularizer may be NULL). */
void layer_activity_loss(layer_frame *f, const char *regularizer, mica_tensor *y);
/* Between this room's files: a copy of a config in mica's own spelling (the caller's), and
 * "layer/weight" as the variable's name. */
mica_status layer_translate(const layer_kind *kind, const json_t *config, const char *what,
                            json_t **out, mica_error *err);
mica_status layer_name_weight(mica_layer *l, weight *w, mica_error *err);
/* The layer has it no more; it may outlive that, in a compiled function, in an optimizer. */
void layer_drop_weight(const mica_layer *l, weight *w);
/* Inner layers from and to a config; reading takes their keys out of it. */
mica_status inner_read(mica_layer *l, json_t *config, const char *what, mica_error *err);
mica_status inner_write(const mica_layer *l, json_t *config, mica_error *err);
mica_status inner_check(const mica_layer *l, const char *what, mica_error *err);
/* Becoming a holder of them, ceasing to be one; after a failed reading: those that nobody has. */
void inner_hold(mica_layer *l);
void inner_drop(mica_layer *l);
void inner_discard(mica_layer *l);

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
