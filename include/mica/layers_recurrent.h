/* Recurrent layers, as keras.layers. B sequences, T steps, F features, U units.
 *
 * All of them take x (B, T, F), and after it, where they are applied to several tensors, their
 * first states (B, U). They give y (B, T, U) with return_sequences, else the last y (B, U), and
 * with return_state the last states after it. A mask (B, T): where it is false the states stay and
 * y repeats its last value (0 with zero_output_for_mask); it is passed on with return_sequences.
 * Dropout draws one mask for all steps of a call (Gal and Ghahramani 2016). */
#ifndef MICA_LAYERS_RECURRENT_H
#define MICA_LAYERS_RECURRENT_H

#include "mica/layers.h"

MICA_API_BEGIN

/* h_t = activation(x_t W + h_{t-1} U + b), y_t = h_t. Source: keras.layers.SimpleRNN. */
typedef struct mica_simple_rnn_options {
    MICA_LAYER_OPTIONS
    int64_t units;                     /* width of the state (required) */
    const char *activation;            /* (default "tanh") */
    bool no_bias;                      /* (default false) */
    const char *kernel_initializer;    /* of W (default "glorot_uniform") */
    const char *recurrent_initializer; /* of U (default "orthogonal") */
    const char *bias_initializer;      /* (default "zeros") */
    const char *kernel_regularizer;    /* (default none) */
    const char *recurrent_regularizer; /* (default none) */
    const char *bias_regularizer;      /* (default none) */
    const char *activity_regularizer;  /* of the output, mean over the batch (default none) */
    const char *kernel_constraint;     /* (default none) */
    const char *recurrent_constraint;  /* (default none) */
    const char *bias_constraint;       /* (default none) */
    double dropout;                    /* share of x that is dropped (default 0) */
    double recurrent_dropout;          /* share of h that is dropped (default 0) */
    int64_t seed;                      /* (default: of the context) */
    bool return_sequences;             /* all y (default false) */
    bool return_state;                 /* the last state too (default false) */
    bool go_backwards;                 /* from the last step to the first (default false) */
    bool stateful;                     /* begins where the call before ended (default false) */
    bool unroll;                       /* as Keras; changes nothing (default false) */
    bool zero_output_for_mask;         /* y is 0 where masked (default false) */
} mica_simple_rnn_options;
mica_simple_rnn_options mica_simple_rnn_defaults(void);
mica_layer *mica_layer_simple_rnn(mica_context *ctx, const mica_simple_rnn_options *options);

/* i, f, o = recurrent_activation(x_t W + h_{t-1} U + b), g = activation(the same), gates in the
 * order i, f, g, o; c_t = f c_{t-1} + i g, h_t = o activation(c_t), y_t = h_t; states h, c.
 * Source: keras.layers.LSTM. */
typedef struct mica_lstm_options {
    MICA_LAYER_OPTIONS
    int64_t units;                     /* width of the states (required) */
    const char *activation;            /* (default "tanh") */
    const char *recurrent_activation;  /* of the gates (default "sigmoid") */
    bool no_bias;                      /* (default false) */
    const char *kernel_initializer;    /* of W (default "glorot_uniform") */
    const char *recurrent_initializer; /* of U (default "orthogonal") */
    const char *bias_initializer;      /* (default "zeros") */
    bool no_unit_forget_bias;          /* b of f begins as the rest, not as 1 (default false) */
    const char *kernel_regularizer;    /* (default none) */
    const char *recurrent_regularizer; /* (default none) */
    const char *bias_regularizer;      /* (default none) */
    const char *activity_regularizer;  /* of the output, mean over the batch (default none) */
    const char *kernel_constraint;     /* (default none) */
    const char *recurrent_constraint;  /* (default none) */
    const char *bias_constraint;       /* (default none) */
    double dropout;                    /* share of x that is dropped (default 0) */
    double recurrent_dropout;          /* share of h that is dropped (default 0) */
    int64_t seed;                      /* (default: of the context) */
    bool return_sequences;             /* all y (default false) */
    bool return_state;                 /* the last h and c too (default false) */
    bool go_backwards;                 /* from the last step to the first (default false) */
    bool stateful;                     /* begins where the call before ended (default false) */
    bool unroll;                       /* as Keras; changes nothing (default false) */
    bool zero_output_for_mask;         /* y is 0 where masked (default false) */
} mica_lstm_options;
mica_lstm_options mica_lstm_defaults(void);
mica_layer *mica_layer_lstm(mica_context *ctx, const mica_lstm_options *options);

/* z, r = recurrent_activation(x_t W + h U + b), g = activation(x_t W + r (h U) + b), gates in the
 * order z, r, g, h = h_{t-1}; h_t = z h + (1 - z) g, y_t = h_t. b (2, 3 U): of x W and of h U. With
 * reset_before g = activation(x_t W + (r h) U + b) and b (3 U). Source: keras.layers.GRU. */
typedef struct mica_gru_options {
    MICA_LAYER_OPTIONS
    int64_t units;                     /* width of the state (required) */
    const char *activation;            /* (default "tanh") */
    const char *recurrent_activation;  /* of the gates (default "sigmoid") */
    bool no_bias;                      /* (default false) */
    const char *kernel_initializer;    /* of W (default "glorot_uniform") */
    const char *recurrent_initializer; /* of U (default "orthogonal") */
    const char *bias_initializer;      /* (default "zeros") */
    const char *kernel_regularizer;    /* (default none) */
    const char *recurrent_regularizer; /* (default none) */
    const char *bias_regularizer;      /* (default none) */
    const char *activity_regularizer;  /* of the output, mean over the batch (default none) */
    const char *kernel_constraint;     /* (default none) */
    const char *recurrent_constraint;  /* (default none) */
    const char *bias_constraint;       /* (default none) */
    double dropout;                    /* share of x that is dropped (default 0) */
    double recurrent_dropout;          /* share of h that is dropped (default 0) */
    int64_t seed;                      /* (default: of the context) */
    bool return_sequences;             /* all y (default false) */
    bool return_state;                 /* the last state too (default false) */
    bool go_backwards;                 /* from the last step to the first (default false) */
    bool stateful;                     /* begins where the call before ended (default false) */
    bool unroll;                       /* as Keras; changes nothing (default false) */
    bool zero_output_for_mask;         /* y is 0 where masked (default false) */
    bool reset_before;                 /* Keras's reset_after=False (default false) */
} mica_gru_options;
mica_gru_options mica_gru_defaults(void);
mica_layer *mica_layer_gru(mica_context *ctx, const mica_gru_options *options);

/* A recurrent layer forwards and its copy backwards; y of the copy is turned round, so that both
 * are in the order of time, and they are merged. First states and last ones: the forward layer's,
 * then the other's. Source: keras.layers.Bidirectional; Schuster and Paliwal (1997). */
typedef struct mica_bidirectional_options {
    MICA_LAYER_OPTIONS
    mica_layer *layer;          /* taken over: it becomes "forward_NAME" (required) */
    mica_layer *backward_layer; /* with go_backwards (default: a copy, "backward_NAME") */
    const char *merge_mode;     /* "concat", "sum", "mul", "ave", "none": two outputs (default
                                   "concat") */
} mica_bidirectional_options;
mica_bidirectional_options mica_bidirectional_defaults(void);
mica_layer *mica_layer_bidirectional(mica_context *ctx, const mica_bidirectional_options *options);

/* layer(x[:, t]) for every t: x (B, T, ...), y (B, T, ...); T or B must be known. The layer sees
 * all steps as one batch. Source: keras.layers.TimeDistributed. */
typedef struct mica_time_distributed_options {
    MICA_LAYER_OPTIONS
    mica_layer *layer; /* taken over (required) */
} mica_time_distributed_options;
mica_time_distributed_options mica_time_distributed_defaults(void);
mica_layer *mica_layer_time_distributed(mica_context *ctx,
                                        const mica_time_distributed_options *options);

/* ---- cells: one step; RNN makes layers of them ---- */

/* A cell at every step. First states: after x, as many as the cell has.
 * Source: keras.layers.RNN. */
typedef struct mica_rnn_options {
    MICA_LAYER_OPTIONS
    mica_layer *cell;          /* taken over (required) */
    bool return_sequences;     /* all y (default false) */
    bool return_state;         /* the last states too (default false) */
    bool go_backwards;         /* from the last step to the first (default false) */
    bool stateful;             /* begins where the call before ended (default false) */
    bool unroll;               /* as Keras; changes nothing (default false) */
    bool zero_output_for_mask; /* y is 0 where masked (default false) */
} mica_rnn_options;
mica_rnn_options mica_rnn_defaults(void);
mica_layer *mica_layer_rnn(mica_context *ctx, const mica_rnn_options *options);

/* One step of SimpleRNN: x (B, F), h (B, units) to y, h. Source: keras.layers.SimpleRNNCell. */
typedef struct mica_simple_rnn_cell_options {
    MICA_LAYER_OPTIONS
    int64_t units;                     /* width of the state (required) */
    const char *activation;            /* (default "tanh") */
    bool no_bias;                      /* (default false) */
    const char *kernel_initializer;    /* of W (default "glorot_uniform") */
    const char *recurrent_initializer; /* of U (default "orthogonal") */
    const char *bias_initializer;      /* (default "zeros") */
    const char *kernel_regularizer;    /* (default none) */
    const char *recurrent_regularizer; /* (default none) */
    const char *bias_regularizer;      /* (default none) */
    const char *kernel_constraint;     /* (default none) */
    const char *recurrent_constraint;  /* (default none) */
    const char *bias_constraint;       /* (default none) */
    double dropout;                    /* share of x that is dropped (default 0) */
    double recurrent_dropout;          /* share of h that is dropped (default 0) */
    int64_t seed;                      /* (default: of the context) */
} mica_simple_rnn_cell_options;
mica_simple_rnn_cell_options mica_simple_rnn_cell_defaults(void);
mica_layer *mica_layer_simple_rnn_cell(mica_context *ctx,
                                       const mica_simple_rnn_cell_options *options);

/* One step of LSTM: x (B, F), h, c (B, units) to y, h, c. Source: keras.layers.LSTMCell. */
typedef struct mica_lstm_cell_options {
    MICA_LAYER_OPTIONS
    int64_t units;                     /* width of the state (required) */
    const char *activation;            /* (default "tanh") */
    const char *recurrent_activation;  /* of the gates (default "sigmoid") */
    bool no_bias;                      /* (default false) */
    const char *kernel_initializer;    /* of W (default "glorot_uniform") */
    const char *recurrent_initializer; /* of U (default "orthogonal") */
    const char *bias_initializer;      /* (default "zeros") */
    bool no_unit_forget_bias;          /* b of f begins as the rest, not as 1 (default false) */
    const char *kernel_regularizer;    /* (default none) */
    const char *recurrent_regularizer; /* (default none) */
    const char *bias_regularizer;      /* (default none) */
    const char *kernel_constraint;     /* (default none) */
    const char *recurrent_constraint;  /* (default none) */
    const char *bias_constraint;       /* (default none) */
    double dropout;                    /* share of x that is dropped (default 0) */
    double recurrent_dropout;          /* share of h that is dropped (default 0) */
    int64_t seed;                      /* (default: of the context) */
} mica_lstm_cell_options;
mica_lstm_cell_options mica_lstm_cell_defaults(void);
mica_layer *mica_layer_lstm_cell(mica_context *ctx, const mica_lstm_cell_options *options);

/* One step of GRU: x (B, F), h (B, units) to y, h. Source: keras.layers.GRUCell. */
typedef struct mica_gru_cell_options {
    MICA_LAYER_OPTIONS
    int64_t units;                     /* width of the state (required) */
    const char *activation;            /* (default "tanh") */
    const char *recurrent_activation;  /* of the gates (default "sigmoid") */
    bool no_bias;                      /* (default false) */
    const char *kernel_initializer;    /* of W (default "glorot_uniform") */
    const char *recurrent_initializer; /* of U (default "orthogonal") */
    const char *bias_initializer;      /* (default "zeros") */
    const char *kernel_regularizer;    /* (default none) */
    const char *recurrent_regularizer; /* (default none) */
    const char *bias_regularizer;      /* (default none) */
    const char *kernel_constraint;     /* (default none) */
    const char *recurrent_constraint;  /* (default none) */
    const char *bias_constraint;       /* (default none) */
    double dropout;                    /* share of x that is dropped (default 0) */
    double recurrent_dropout;          /* share of h that is dropped (default 0) */
    int64_t seed;                      /* (default: of the context) */
    bool reset_before;                 /* Keras's reset_after=False (default false) */
} mica_gru_cell_options;
mica_gru_cell_options mica_gru_cell_defaults(void);
mica_layer *mica_layer_gru_cell(mica_context *ctx, const mica_gru_cell_options *options);

/* Cells one above the other as one cell, states of the lowest first.
 * Source: keras.layers.StackedRNNCells. */
typedef struct mica_stacked_rnn_cells_options {
    MICA_LAYER_OPTIONS
    mica_layer *cells[8]; /* taken over; the first NULL ends them (required) */
} mica_stacked_rnn_cells_options;
mica_stacked_rnn_cells_options mica_stacked_rnn_cells_defaults(void);
mica_layer *mica_layer_stacked_rnn_cells(mica_context *ctx,
                                         const mica_stacked_rnn_cells_options *options);

/* The states of a stateful layer become zeros. Nothing for other layers. */
void mica_layer_reset_states(mica_layer *layer);

MICA_API_END

#endif
