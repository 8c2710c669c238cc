/* Tokens of texts: see text_tokens.h. Punctuation goes before texts are split, so a token of
 * nothing else is none; its letters are left out while it is read. */
#include "op/text_tokens.h"

#include "base/utf8.h"

#include <string.h>

static const char punctuation[] = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'";
static const char instead[] = "\xef\xbf\xbd"; /* U+FFFD, of bytes that are no UTF-8 */

static bool is_space(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool is_left_out(const text_rule *rule, unsigned char c) {
    return rule->standardize & TEXT_STRIP_PUNCTUATION && c && c < 0x80 && strchr(punctuation, c);
}

/* Whether anything of it stays. */
static bool has_letters(const text_rule *rule, const mica_string *token) {
    for (size_t i = 0; i < token->size; i++)
        if (!is_left_out(rule, (unsigned char)token->bytes[i])) return true;
    return false;
}

static mica_string next_letter(text_place *p) {
    size_t skip, left = p->text->size - p->at;
    const char *bytes = p->text->bytes + p->at;
    size_t size = utf8_letter(bytes, left, &skip);
    p->at += size ? size : skip;
    return size ? (mica_string){bytes, size} : (mica_string){instead, 3};
}

static mica_string next_word(text_place *p) {
    const mica_string *t = p->text;
    while (p->at < t->size && is_space((unsigned char)t->bytes[p->at])) p->at++;
    size_t from = p->at;
    while (p->at < t->size && !is_space((unsigned char)t->bytes[p->at])) p->at++;
    return (mica_string){t->bytes + from, p->at - from};
}

/* The next token as it lies there, and the place after it; false at the end. */
static bool next_token(const text_rule *rule, text_place *p, mica_string *out) {
    while (p->text < p->end) {
        if (rule->split == SPLIT_NONE) {
            *out = *p->text++;
            return true;
        }
        while (p->at < p->text->size) {
            *out = rule->split == SPLIT_CHARACTER ? next_letter(p) : next_word(p);
            if (out->size && has_letters(rule, out)) return true;
        }
        p->text++, p->at = 0;
    }
    return false;
}

/* ---- several tokens ---- */

static int64_t widths(const text_rule *rule) { return rule->ngrams.count ? rule->ngrams.count : 1; }

static int64_t width(const text_rule *rule, int64_t i) {
    return rule->ngrams.count ? rule->ngrams.dims[i] : 1;
}

text_grams text_grams_of(const text_rule *rule, const mica_string *row, int64_t texts) {
    text_grams g = {.rule = rule, .begin = {row, row + texts, 0}};
    mica_string token;
    for (text_place p = g.begin; next_token(rule, &p, &token);) g.tokens++;
    g.next = g.begin;
    return g;
}

bool text_next_gram(text_grams *g, text_gram *out) {
    for (; g->width_at < widths(g->rule); g->width_at++, g->start = 0, g->next = g->begin) {
        int64_t n = width(g->rule, g->width_at);
        if (g->start + n > g->tokens) continue;
        *out = (text_gram){.rule = g->rule, .left = n - 1};
        next_token(g->rule, &g->next, &out->now);
        out->after = g->next;
        g->start++;
        return true;
    }
    return false;
}

int text_gram_byte(text_gram *g) {
    while (g->read < g->now.size) {
        unsigned char c = (unsigned char)g->now.bytes[g->read++];
        if (is_left_out(g->rule, c)) continue;
        return g->rule->standardize & TEXT_LOWER && c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
    }
    if (g->left < 1) return -1;
    g->left--;
    g->read = 0;
    next_token(g->rule, &g->after, &g->now);
    return ' ';
}

int64_t text_gram_count(const text_rule *rule, const mica_string *row, int64_t texts) {
    int64_t tokens = text_grams_of(rule, row, texts).tokens, count = 0;
    for (int64_t i = 0; i < widths(rule); i++)
        if (tokens >= width(rule, i)) count += tokens - width(rule, i) + 1;
    return count;
}
