/* A condition's text: see condition_text.h. */
#include "data/condition_text.h"

#include "base/strbuf.h"
#include "data/conditions.h"

#include <string.h>
#include <strings.h>

const char *const condition_ops[] = {
    "==", "!=", "<", "<=", ">", ">=", "in", "not in", "missing", "not missing", NULL};

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The operator that begins there: of two signs before of one, words between blanks. -1: none. */
static int op_at(const char *text, const char *at) {
    static const condition_op order[] = {OP_EQUAL, OP_NOT_EQUAL,   OP_AT_MOST, OP_AT_LEAST, OP_LESS,
                                         OP_MORE,  OP_NOT_MISSING, OP_NOT_IN,  OP_MISSING,  OP_IN};
    for (size_t i = 0; i < LENGTH(order); i++) {
        const char *op = condition_ops[order[i]];
        const size_t n = strlen(op);
        const bool word = op[0] >= 'a';
        if (strncmp(at, op, n)) continue;
        if (word && (at == text || !is_blank(at[-1]) || (at[n] && !is_blank(at[n])))) continue;
        return (int)order[i];
    }
    return -1;
}

static json_t *trimmed(const char *from, const char *end) {
    while (from < end && is_blank(*from)) from++;
    while (end > from && is_blank(end[-1])) end--;
    return json_stringn(from, (size_t)(end - from));
}

/* ---- the value ---- */

/* 'Oslo' as "Oslo", wherever a text in single quotes begins; the rest as it is. */
static void put_requoted(const char *value, strbuf *out) {
    char quote = 0; /* that the text which we are in began with */
    for (const char *at = value; *at; at++) {
        if (quote && *at == '\\' && at[1]) {
            if (at[1] != '\'') strbuf_put(out, at, 1);
            strbuf_put(out, ++at, 1);
        } else if (*at == quote) {
            strbuf_put(out, "\"", 1);
            quote = 0;
        } else if (!quote && (*at == '\'' || *at == '"')) {
            strbuf_put(out, "\"", 1);
            quote = *at;
        } else if (quote && *at == '"') strbuf_put(out, "\\\"", 2);
        else strbuf_put(out, at, 1);
    }
}

/* NULL: it is not JSON. */
static json_t *json_of(const char *value, bool *failed) {
    json_t *out = json_loads(value, JSON_DECODE_ANY, NULL);
    strbuf requoted = {0};
    if (out || !strchr("'[", value[0])) return out;
    put_requoted(value, &requoted);
    *failed = requoted.failed;
    if (!*failed) out = json_loads(requoted.data ? requoted.data : "", JSON_DECODE_ANY, NULL);
    strbuf_free(&requoted);
    return out;
}

/* What a text without quotes has that would be an operator elsewhere; NULL: nothing. */
static const char *operator_in(const char *value) {
    static const char *const signs[] = {"&", "|", "==", "!=", "<", ">", "="}, *const words[] = {
                                                                                  "and", "or"};
    for (size_t i = 0; i < LENGTH(signs); i++)
        if (strstr(value, signs[i])) return signs[i];
    for (const char *at = value; *at; at++) {
        if (at != value && !is_blank(at[-1])) continue;
        for (size_t i = 0; i < LENGTH(words); i++) {
            const size_t n = strlen(words[i]);
            if (!strncasecmp(at, words[i], n) && (!at[n] || is_blank(at[n]))) return words[i];
        }
    }
    return NULL;
}

static const char forms[] =
    "several conditions are several texts, as a list or each behind its own --where";

static mica_status read_value(const char *text, const char *value, json_t **out, mica_error *err) {
    bool failed = false;
    *out = value[0] ? json_of(value, &failed) : NULL;
    if (failed) return fail_no_memory(err, "filter");
    if (*out || !value[0]) return MICA_OK;
    if (strchr("\"'[{", value[0]))
        return fail(err, MICA_VALUE,
                    "filter: '%.80s': the value is %.80s, expected 2010, Oslo, \"New York\" or "
                    "[\"Oslo\", \"Lima\"] and nothing behind it; %s",
                    text, value, forms);
    const char *sign = operator_in(value);
    if (sign)
        return fail(err, MICA_VALUE,
                    "filter: '%.80s': '%s' in a value without quotes, expected \"…\" around a text "
                    "that has it; %s",
                    text, sign, forms);
    *out = json_string(value);
    return *out ? MICA_OK : fail_no_memory(err, "filter");
}

mica_status condition_written_out(const char *text, json_t **out, mica_error *err) {
    int op = -1;
    const char *at = text;
    for (; *at && op < 0; at++) op = op_at(text, at);
    json_t *column = op < 0 ? NULL : trimmed(text, at - 1), *value = NULL;
    if (!column || !json_string_length(column)) {
        json_decref(column);
        return fail(err, MICA_VALUE,
                    "filter: '%.80s', expected COLUMN OPERATOR VALUE such as year >= 2010", text);
    }
    const char *rest = at - 1 + strlen(condition_ops[op]);
    json_t *written = trimmed(rest, rest + strlen(rest));
    mica_status status = written ? read_value(text, json_string_value(written), &value, err)
                                 : fail_no_memory(err, "filter");
    json_decref(written);
    if (status == MICA_OK)
        *out = json_pack("{s:O, s:s, s:o*}", "column", column, "op", condition_ops[op], "value",
                         value);
    json_decref(column);
    return status != MICA_OK || *out ? status : fail_no_memory(err, "filter");
}
