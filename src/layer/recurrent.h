/* What SimpleRNN, LSTM, GRU and their cells share: fields, weights, one step, and the call of the
 * op that runs a whole sequence. */
#ifndef LAYER_RECURRENT_H
#define LAYER_RECURRENT_H

#include "layer/layer.h"
#include "mica/layers_recurrent.h"

/* Fields, in the order of Keras's configs. */
#define RECURRENT_GATES_FIELD(owner)                                                               \
    CONFIG(owner, recurrent_activation, "sigmoid", .check = check_activation)
#define RECURRENT_WEIGHT_FIELDS(owner)                                                             \
    NEGATED(owner, no_bias, "use_bias", .help = "adds b"),                                         \
        INITIALIZER_FIELD(owner, kernel_initializer, "glorot_uniform"),                            \
        INITIALIZER_FIELD(owner, recurrent_initializer, "orthogonal"),                             \
        INITIALIZER_FIELD(owner, bias_initializer, "zeros"),                                       \
        REGULARIZER_FIELD(owner, kernel_regularizer),                                              \
        REGULARIZER_FIELD(owner, recurrent_regularizer),                                           \
        REGULARIZER_FIELD(owner, bias_regularizer), CONSTRAINT_FIELD(owner, kernel_constraint),    \
        CONSTRAINT_FIELD(owner, recurrent_constraint), CONSTRAINT_FIELD(owner, bias_constraint),   \
        REAL(owner, dropout, .min = 0, .max = 1, .help = "share of x that is dropped"),            \
        REAL(owner, recurrent_dropout, .min = 0, .max = 1, .help = "share of h that is dropped"),  \
        INTEGER(owner, seed, .flags = FIELD_NULLABLE | FIELD_SPARED,                               \
                .help = "null: of the context")
#define RECURRENT_SEQUENCE_FIELDS(owner)                                                           \
    REGULARIZER_FIELD(owner, activity_regularizer),                                                \
        BOOLEAN(owner, return_sequences, .help = "all outputs"),                                   \
        BOOLEAN(owner, return_state, .help = "the last states too"),                               \
        BOOLEAN(owner, go_backwards, .help = "from the last step to the first"),                   \
        BOOLEAN(owner, stateful, .help = "begins where the call before ended"),                    \
        BOOLEAN(owner, unroll, .help = "changes nothing"),                                         \
        BOOLEAN(owner, zero_output_for_mask, .help = "0 where masked")

/* Options of any of the three, as their tables read them. */
typedef struct recurrent {
    int gates, states;
    const char *names[3]; /* of the weights: "lstm_cell/kernel", recurrent kernel, bias */
    int64_t units;
    const char *activation, *recurrent_activation; /* the latter NULL: has none */
    bool no_bias, unit_forget_bias, reset_after;
    const char *initializer[3], *regularizer[3], *constraint[3]; /* kernel, recurrent, bias */
    double dropout, recurrent_dropout;
    int64_t seed;
    const char *activity_regularizer;
    bool return_sequences, return_state, go_backwards, stateful, zero_output_for_mask;
} recurrent;

/* From an options struct of one of the cells, or of the layers; the rest is set beside. */
#define CELL_MEMBERS(o)                                                                            \
    .units = (o)->units, .activation = (o)->activation, .no_bias = (o)->no_bias,                   \
    .initializer = {(o)->kernel_initializer, (o)->recurrent_initializer, (o)->bias_initializer},   \
    .regularizer = {(o)->kernel_regularizer, (o)->recurrent_regularizer, (o)->bias_regularizer},   \
    .constraint = {(o)->kernel_constraint, (o)->recurrent_constraint, (o)->bias_constraint},       \
    .dropout = (o)->dropout, .recurrent_dropout = (o)->recurrent_dropout, .seed = (o)->seed
#define LAYER_MEMBERS(o)                                                                           \
    CELL_MEMBERS(o), .activity_regularizer = (o)->activity_regularizer,                            \
                     .return_sequences = (o)->return_sequences, .return_state = (o)->return_state, \
                     .go_backwards = (o)->go_backwards, .stateful = (o)->stateful,                 \
                     .zero_output_for_mask = (o)->zero_output_for_mask

/* How Keras computes, not what. */
extern const char *const recurrent_ignored[];
/* Names of Keras 1; refuses what is another function. */
extern const renamed_key recurrent_renamed[];
mica_status recurrent_translate(json_t *config, const char *what, mica_error *err);

/* Of the layers. */
mica_status recurrent_build(mica_layer *l, const recurrent *r, const shape *in, int inputs,
                            mica_error *err);
void recurrent_call(mica_layer *l, const recurrent *r, layer_frame *f);
/* Of the cells: in[0] is x (B, F), then the states. */
mica_status recurrent_cell_build(mica_layer *l, const recurrent *r, const shape *in, int inputs,
                                 mica_error *err);
void recurrent_cell_call(mica_layer *l, const recurrent *r, layer_frame *f);
int recurrent_states(const recurrent *r, int64_t width[MAX_STATES + 1]);

/* What a kind calls, by its `view` of the options. */
#define RECURRENT_FUNCTIONS(build_, call_)                                                         \
    static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {        \
        const recurrent r = view(l);                                                               \
        return build_(l, &r, in, inputs, err);                                                     \
    }                                                                                              \
    static void call(mica_layer *l, layer_frame *f) {                                              \
        const recurrent r = view(l);                                                               \
        call_(l, &r, f);                                                                           \
    }

#endif
