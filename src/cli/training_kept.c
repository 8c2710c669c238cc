/* mica train: the checkpoint of an earlier training of this output. It is kept beside the new one,
 * as OUTPUT.checkpoint.before, until that has finished an epoch: a training that fails at its first
 * steps takes nothing away. See training.h. */
#include "cli/training.h"
#include "cli/words.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *kept_path(const training *t, arena *a) {
    size_t length = strlen(t->checkpoint) + 8;
    char *path = arena_take(a, length);
    if (path) snprintf(path, length, "%s.before", t->checkpoint);
    return path;
}

/* A second name of the same file, so that there is no instant without it. Where the file system
 * knows no such names, nothing is kept: that is no reason not to train. */
void keep_checkpoint(const training *t) {
    const common_options *c = &t->o->common;
    if (t->o->check) return;
    bool there = file_exists(t->checkpoint);
    if (t->o->resume) {
        language l = language_of(c);
        if (!there)
            warn(c, "%s%s%s", word_in(l, WORD_THERE_IS_NO), t->checkpoint,
                 word_in(l, WORD_STARTING_ANEW));
        return;
    }
    if (!there) return;
    say(c, "%s is of an earlier training; starting anew replaces it (--resume would go on)",
        t->checkpoint);
    arena a = {0};
    const char *kept = kept_path(t, &a);
    if (kept) {
        unlink(kept);
        if (link(t->checkpoint, kept)) warn(c, "%s: it is not kept aside", t->checkpoint);
    }
    arena_free(&a);
}

void forget_checkpoint(const training *t) {
    arena a = {0};
    const char *kept = kept_path(t, &a);
    if (kept && !t->o->check) unlink(kept);
    arena_free(&a);
}

void put_back_checkpoint(const training *t) {
    arena a = {0};
    const char *kept = kept_path(t, &a);
    if (kept && !t->o->check && file_exists(kept)) {
        rename(kept, t->checkpoint); /* does nothing where both are still one file */
        unlink(kept);
    }
    arena_free(&a);
}
