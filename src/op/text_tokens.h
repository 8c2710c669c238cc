/* Tokens of texts: what TextVectorization makes of a row of them, without a byte of memory: tokens
 * are read letter by letter from where the text lies.  Source: keras.layers.TextVectorization. */
#ifndef OP_TEXT_TOKENS_H
#define OP_TEXT_TOKENS_H

#include "base/fields.h"

enum { TEXT_LOWER = 1, TEXT_STRIP_PUNCTUATION = 2 }; /* of ASCII alone, as TensorFlow */
enum { SPLIT_NONE, SPLIT_WHITESPACE, SPLIT_CHARACTER };

/* How texts become tokens. Without splitting each text of a row is one. */
typedef struct text_rule {
    int64_t standardize, split;
    field_dims ngrams; /* so many tokens, joined by a space, are one; none: each is its own */
} text_rule;

/* Where in a row of texts the next token begins. */
typedef struct text_place {
    const mica_string *text, *end;
    size_t at;
} text_place;

/* A token, or several in sequence, to be read byte by byte. */
typedef struct text_gram {
    const text_rule *rule;
    mica_string now;  /* of the token that is read, as it lies there, */
    size_t read;      /* and how much of it */
    text_place after; /* the token after it */
    int64_t left;     /* tokens after it that belong to it */
} text_gram;

/* The n-grams of a row, one width after the other. */
typedef struct text_grams {
    const text_rule *rule;
    text_place begin, next;
    int64_t tokens, start, width_at;
} text_grams;

text_grams text_grams_of(const text_rule *rule, const mica_string *row, int64_t texts);
/* The next one; false: there is none. */
bool text_next_gram(text_grams *g, text_gram *out);
/* The next byte of it, -1 at its end. */
int text_gram_byte(text_gram *g);
/* How many a row has. */
int64_t text_gram_count(const text_rule *rule, const mica_string *row, int64_t texts);

#endif
