/* mica train: the checkpoint of an earlier training of this output. It is kept beside the new one,
 * as OUTPUT.checkpoint.before, until that has finished an epoch: a training that fails at its first
 * steps takes nothing away. See training.h. */
#include "cli/training.h"
#include "cli/words.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kept_path(const training *t, arena *a) {
    size_t length = strlen(t->checkpoint) + 8;
    char *path = arena_take(a, length);
    if (path) snprintf(path, length, "%s.before", t->checkpoint);
    return path;
}

static void tell_resume(const training *t, const char *kept) {
    const common_options *c = &t->o->common;
    language l = language_of(c);
    struct stat now, before;
    if (!file_exists(t->checkpoint))
        warn(c, "%s%s%s", word_in(l, WORD_THERE_IS_NO), t->checkpoint,
             word_in(l, WORD_STARTING_ANEW));
    else if (kept && !stat(kept, &before) && !stat(t->checkpoint, &now) &&
             now.st_ino == before.st_ino && now.st_dev == before.st_dev)
        warn(c, "%s is of the training before the last one, which was killed in its first epoch",
             t->checkpoint);
}

/* A second name of the same file, so that there is no instant without it. Where the file system
 * knows no such names, nothing is kept: that is no reason not to train. */
void keep_checkpoint(const training *t) {
    arena a = {0};
    const common_options *c = &t->o->common;
    const char *kept = t->o->check ? NULL : kept_path(t, &a);
    if (kept && t->o->resume) {
        tell_resume(t, kept);
    } else if (kept && file_exists(t->checkpoint)) {
        say(c, "%s is of an earlier training; starting anew replaces it (--resume would go on)",
            t->checkpoint);
        unlink(kept);
        if (link(t->checkpoint, kept))
            warn(c,
                 "%s: the file system gives no second name: it is lost should this training fail",
                 t->checkpoint);
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
