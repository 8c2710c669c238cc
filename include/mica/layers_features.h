/* Layers that prepare features, as keras.layers: numbers into bins, categories into numbers and
 * encodings. What they learn from the training data (mica_layer_adapt) is saved in the model.
 * output_mode: "int": whole numbers like x; "one_hot" (…, K), a last axis of extent 1 goes first;
 * "multi_hot", "count" (B, K) of (B, N): which of 0 … K - 1 are in a row, or how often. */
#ifndef MICA_LAYERS_FEATURES_H
#define MICA_LAYERS_FEATURES_H

#include "mica/data.h"
#include "mica/layers.h"

MICA_API_BEGIN

/* Learns from x (N, …), before the layer is trained or used: Normalization its mean and variance,
 * Discretization its bins, IntegerLookup, StringLookup and TextVectorization their vocabulary.
 * Errors: UNSUPPORTED for other layers, STATE where the options give what would be learned, SHAPE
 * where it was built otherwise. */
mica_status mica_layer_adapt(mica_layer *layer, mica_tensor *x, mica_error *err);
/* The same from the first input of a dataset, read row by row. */
mica_status mica_layer_adapt_to(mica_layer *layer, mica_dataset *data, mica_error *err);

/* The bin that x is in: how many of the boundaries are at most x. Source:
 * keras.layers.Discretization. */
typedef struct mica_discretization_options {
    MICA_LAYER_OPTIONS
    const char *bin_boundaries; /* JSON, ascending: "[0, 1.5, 2]" (default: adapt finds them) */
    int64_t num_bins;           /* that adapt makes, of about equal size (default none) */
    double epsilon;             /* share of the data that those may be off by (default 0.01) */
    const char *output_mode;    /* (default "int") */
} mica_discretization_options;
mica_discretization_options mica_discretization_defaults(void);
mica_layer *mica_layer_discretization(mica_context *ctx,
                                      const mica_discretization_options *options);

/* Whole numbers as "one_hot", "multi_hot" or "count"; those outside 0 … num_tokens - 1 are left
 * out. A second input "count_weights" (mica_apply_with), like x, says how much each counts.
 * Source: keras.layers.CategoryEncoding. */
typedef struct mica_category_encoding_options {
    MICA_LAYER_OPTIONS
    int64_t num_tokens;      /* K (required) */
    const char *output_mode; /* (default "multi_hot") */
} mica_category_encoding_options;
mica_category_encoding_options mica_category_encoding_defaults(void);
mica_layer *mica_layer_category_encoding(mica_context *ctx,
                                         const mica_category_encoding_options *options);

/* Whole numbers by their place in a vocabulary; "tf_idf": counts times weights. Places begin with 0
 * for mask_token (of "int"), then num_oov_indices for what is not in the vocabulary (0: that is an
 * error), then come the tokens. Source: keras.layers.IntegerLookup. */
typedef struct mica_integer_lookup_options {
    MICA_LAYER_OPTIONS
    const char *vocabulary; /* JSON: "[12, 36, 7]"; or a text file, one a line (default: adapt finds
                               it) */
    int64_t max_tokens;     /* most places, with the special ones (default none) */
    int64_t num_oov_indices; /* 0 is MICA_ZERO (default 1) */
    int64_t mask_token;      /* 0 is MICA_ZERO (default none) */
    int64_t oov_token;       /* what an unknown place becomes with invert (default -1) */
    bool invert;             /* from places to numbers (default false) */
    const char *output_mode; /* (default "int") */
    bool pad_to_max_tokens;  /* K is max_tokens, however few there are (default false) */
    const char *idf_weights; /* of tf_idf, JSON: a number a token (default: adapt finds them) */
    const char *oov_method;  /* of several oov indices: "floormod", "farmhash" (default "floormod")
                              */
    int64_t salt[2];         /* of "farmhash": a key, which makes it SipHash (default none) */
} mica_integer_lookup_options;
mica_integer_lookup_options mica_integer_lookup_defaults(void);
mica_layer *mica_layer_integer_lookup(mica_context *ctx,
                                      const mica_integer_lookup_options *options);

/* The same of strings, as UTF-8. Inputs are tensors or model inputs of dtype MICA_STRING. Source:
 * keras.layers.StringLookup. */
typedef struct mica_string_lookup_options {
    MICA_LAYER_OPTIONS
    const char *vocabulary;  /* JSON: "[\"red\", \"green\"]"; or a text file, one a line (default:
                                adapt finds it) */
    int64_t max_tokens;      /* most places, with the special ones (default none) */
    int64_t num_oov_indices; /* 0 is MICA_ZERO (default 1) */
    const char *mask_token;  /* what stands for nothing (default none) */
    const char *oov_token;   /* what an unknown place becomes with invert (default "[UNK]") */
    bool invert;             /* from places to strings (default false) */
    const char *output_mode; /* (default "int") */
    bool pad_to_max_tokens;  /* K is max_tokens, however few there are (default false) */
    const char *idf_weights; /* of tf_idf, JSON: a number a token (default: adapt finds them) */
    const char *oov_method;  /* strings are always hashed (default "floormod") */
    int64_t salt[2];         /* a key, which makes FarmHash SipHash (default none) */
    const char *encoding;    /* (default "utf-8") */
} mica_string_lookup_options;
mica_string_lookup_options mica_string_lookup_defaults(void);
mica_layer *mica_layer_string_lookup(mica_context *ctx, const mica_string_lookup_options *options);

/* Texts (B) or (B, 1) to the numbers of their tokens: "int" (B, output_sequence_length), 0 after
 * the last, 1 what is not in the vocabulary; else (B, K), where 0 is what is not in it.
 * Standardized, then split, then joined to n-grams. Source: keras.layers.TextVectorization. */
typedef struct mica_text_vectorization_options {
    MICA_LAYER_OPTIONS
    int64_t max_tokens;      /* most places, with the special ones (default none) */
    const char *standardize; /* "lower", "strip_punctuation", of ASCII both, "": not (default
                                "lower_and_strip_punctuation") */
    const char *split;       /* "character", "": not, x is (B, N) tokens (default "whitespace") */
    const char *ngrams;      /* JSON: "2", one token and two; "[2, 3]" (default one token) */
    const char *output_mode; /* "multi_hot", "count", "tf_idf" (default "int") */
    int64_t output_sequence_length; /* of "int", which models need (default: of the longest text) */
    bool pad_to_max_tokens;         /* K is max_tokens, however few there are (default false) */
    const char *vocabulary;  /* JSON: "[\"red\", \"green\"]"; or a text file, one a line (default:
                                adapt finds it) */
    const char *idf_weights; /* of tf_idf, JSON: a number a token (default: adapt finds them) */
    const char *encoding;    /* (default "utf-8") */
} mica_text_vectorization_options;
mica_text_vectorization_options mica_text_vectorization_defaults(void);
mica_layer *mica_layer_text_vectorization(mica_context *ctx,
                                          const mica_text_vectorization_options *options);

/* x, whole numbers or strings, by a hash of it, 0 … num_bins - 1; the same numbers as Keras on
 * TensorFlow. Source: keras.layers.Hashing. */
typedef struct mica_hashing_options {
    MICA_LAYER_OPTIONS
    int64_t num_bins;        /* K (required) */
    const char *mask_value;  /* JSON of what becomes 0, alone: "0", "\"\"" (default none) */
    int64_t salt[2];         /* a key, which makes FarmHash SipHash (default none) */
    const char *output_mode; /* (default "int") */
} mica_hashing_options;
mica_hashing_options mica_hashing_defaults(void);
mica_layer *mica_layer_hashing(mica_context *ctx, const mica_hashing_options *options);

/* Two or more features (B) or (B, 1), whole numbers or strings, as one: a hash of each combination,
 * 0 … num_bins - 1; called with mica_layer_call_many, mica_apply_many. Source:
 * keras.layers.HashedCrossing. */
typedef struct mica_hashed_crossing_options {
    MICA_LAYER_OPTIONS
    int64_t num_bins;        /* K (required) */
    const char *output_mode; /* "int", "one_hot" (default "int") */
} mica_hashed_crossing_options;
mica_hashed_crossing_options mica_hashed_crossing_defaults(void);
mica_layer *mica_layer_hashed_crossing(mica_context *ctx,
                                       const mica_hashed_crossing_options *options);

MICA_API_END

#endif
