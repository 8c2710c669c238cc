/* The features of a model from inside: what feature_space.c and feature_groups.c share. */
#ifndef MODEL_FEATURE_SPACE_H
#define MODEL_FEATURE_SPACE_H

#include "model/from_config.h"

/* A kind of feature: the type of its input, the layer that prepares it, and which options that
 * layer starts with. */
typedef struct feature_kind {
    const char *name, *dtype, *class_name; /* class_name NULL: the number as it is */
    const char *options;                   /* JSON */
    const char *given[5];                  /* the options that may be given; NULL ends */
    const char *group; /* what columns that share an input are, see mica_tabular_options.groups;
                          NULL: each has an input of its own */
    bool split;        /* texts that are taken apart */
} feature_kind;

typedef struct feature_space {
    mica_model *m;
    const char *file;
    reference joined[MAX_LAYER_INPUTS]; /* what is put beside each other */
    int count;
} feature_space;

/* "float", or {"float_rescaled": {"scale": 0.1}}. */
mica_status feature_kind_read(const json_t *value, const char *place, const feature_kind **out,
                              const json_t **options, mica_error *err);
/* The layer's config: what the kind starts with, and the options over it. The caller decrefs. */
mica_status feature_options(const feature_kind *kind, const json_t *given, const char *place,
                            json_t **out, mica_error *err);

typedef struct feature_input {
    const char *dtype;
    int64_t width; /* 0: samples are single values, as Keras's TextVectorization wants texts */
} feature_input;
mica_status feature_add_input(feature_space *s, const char *name, const feature_input *how,
                              const char *place, reference *out, mica_error *err);
/* Adds a layer after these tensors; *out is what it makes. */
mica_status feature_add_layer(feature_space *s, const char *class_name, const json_t *config,
                              const reference *in, int inputs, const char *place, reference *out,
                              mica_error *err);
/* Puts it beside the others. */
mica_status feature_join(feature_space *s, reference r, mica_error *err);

/* feature_groups.c: whether the data that the model learns from have an input of each kind. */
bool feature_groups_are_fed(const mica_model *m);
mica_status add_feature_groups(feature_space *s, const json_t *tree, mica_error *err);

#endif
