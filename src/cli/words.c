/* See words.h. */
#include "cli/words.h"

#include <stdio.h>
#include <string.h>

const char *word_in(language l, label w) {
    static const char *const words[WORD_COUNT][2] = {
#define WORD(name, english, chinese) [WORD_##name] = {english, chinese},
#include "cli/words.def"
#undef WORD
    };
    return words[w][l];
}

void result_title(language l, const char *name, bool with_part, char out[128]) {
    static const struct {
        const char *name;
        label word;
    } known[] = {{"loss", WORD_LOSS},
                 {"accuracy", WORD_ACCURACY},
                 {"precision", WORD_PRECISION},
                 {"recall", WORD_RECALL},
                 {"f1_score", WORD_F1}};
    bool validation = !strncmp(name, "val_", 4);
    const char *plain = validation ? name + 4 : name, *title = plain;
    for (size_t i = 0; i < LENGTH(known); i++)
        if (!strcmp(plain, known[i].name)) title = word_in(l, known[i].word);
    if (!with_part) snprintf(out, 128, "%s", title);
    else
        snprintf(out, 128, l == CHINESE ? "%s（%s）" : "%s, %s", title,
                 word_in(l, validation ? WORD_VALIDATION : WORD_TRAINING));
}
