/* mica explain: cause and cure of an error's code, in English or Chinese. */
#include "cli/cli.h"
#include "cli/table.h"

#include <string.h>
#include <strings.h>

typedef struct explain_options {
    common_options common;
} explain_options;

#define O explain_options
static const option options[] = {LANGUAGE_OPTION(O), COMMON_OPTIONS(O), END_OF_OPTIONS};

typedef struct explanation {
    const char *meaning, *cause, *cure;
} explanation;

/* The English meaning is the code's own text. */
static const explanation explanations[][2] = {
#define EXPLAIN(code, cause, cure, zh_meaning, zh_cause, zh_cure)                                  \
    [MICA_##code] = {[ENGLISH] = {NULL, cause, cure}, [CHINESE] = {zh_meaning, zh_cause, zh_cure}},
#include "cli/explanations.def"
#undef EXPLAIN
};
_Static_assert(LENGTH(explanations) == MICA_STATUS_COUNT, "explanations.def lacks the last code");

static explanation explanation_of(mica_status code, language l) {
    explanation e = explanations[code][l];
    if (!e.meaning) e.meaning = status_text(code);
    return e;
}

/* "SHAPE", "shape", "MICA_SHAPE"; MICA_OK: none of them. */
static mica_status code_of(const char *name) {
    if (!strncasecmp(name, "MICA_", 5)) name += 5;
    for (int code = MICA_OK + 1; code < MICA_STATUS_COUNT; code++)
        if (!strcasecmp(name, status_name((mica_status)code))) return (mica_status)code;
    return MICA_OK;
}

/* Codes, without OK. */
static const char *word(size_t i) {
    return i + 1 < MICA_STATUS_COUNT ? status_name((mica_status)(i + 1)) : NULL;
}

static json_t *as_json(mica_status code, language l) {
    explanation e = explanation_of(code, l);
    return json_pack("{s:s, s:s, s:s, s:s}", "code", status_name(code), "meaning", e.meaning,
                     "cause", e.cause, "cure", e.cure);
}

static void explain_all(const common_options *common) {
    json_t *all = json_array();
    table t = {.columns = 2};
    for (int i = MICA_OK + 1; i < MICA_STATUS_COUNT; i++) {
        mica_status code = (mica_status)i;
        table_add(&t, "%s", status_name(code));
        table_add(&t, "%s", explanation_of(code, language_of(common)).meaning);
        json_array_append_new(all, as_json(code, language_of(common)));
    }
    table_print(&t, common->json ? NULL : stdout);
    if (common->json) print_json(json_pack("{s:O}", "codes", all));
    json_decref(all);
}

static void print_lines(const char *text) {
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        printf("  %.*s\n", (int)n, text);
    }
}

static void explain_one(mica_status code, language l) {
    explanation e = explanation_of(code, l);
    printf("%s%s%s\n\n%s\n", status_name(code), l == CHINESE ? "：" : ": ", e.meaning,
           l == CHINESE ? "原因" : "Cause");
    print_lines(e.cause);
    printf("\n%s\n", l == CHINESE ? "办法" : "Cure");
    print_lines(e.cure);
}

static int unknown_code(const char *name) {
    const char *names[MICA_STATUS_COUNT + 1] = {NULL}, *near;
    char upper[64];
    size_t n = 0;
    for (; word(n); n++) names[n] = word(n);
    for (n = 0; name[n] && n + 1 < sizeof upper; n++)
        upper[n] = name[n] >= 'a' && name[n] <= 'z' ? (char)(name[n] - 32) : name[n];
    upper[n] = 0;
    near = nearest_name(upper, names);
    if (near) return wrong_usage(&command_explain, "no code '%s' (did you mean '%s'?)", name, near);
    return wrong_usage(&command_explain, "no code '%s'; mica explain tells which there are", name);
}

static int run(void *data) {
    const explain_options *o = data;
    if (!o->common.arguments) return explain_all(&o->common), EXIT_DONE;
    mica_status code = code_of(o->common.argument[0]);
    if (code == MICA_OK) return unknown_code(o->common.argument[0]);
    if (o->common.json) print_json(as_json(code, language_of(&o->common)));
    else explain_one(code, language_of(&o->common));
    return EXIT_DONE;
}

const command command_explain = {
    "explain",
    "[CODE]",
    "cause and cure of an error's code, in English or Chinese; without CODE all codes",
    options,
    sizeof(explain_options),
    0,
    1,
    run,
    "Every error names its code at the end of the line: (mica explain IO).\n",
    word};
