/* What reports and pictures say, in English and Chinese. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "cli/cli.h"

typedef enum label {
#define WORD(name, english, chinese) WORD_##name,
#include "cli/words.def"
#undef WORD
    WORD_COUNT
} label;

const char *word_in(language l, label w);
/* "val_accuracy" as people call it: "accuracy, validation"; a name that is not known stays. */
void result_title(language l, const char *name, bool with_part, char out[128]);

#endif
