/* Where the commands of a model repository look, and who they say does it. */
#ifndef CLI_REPOSITORY_OF_H
#define CLI_REPOSITORY_OF_H

#include "cli/cli.h"
#include "store/change.h"

#define REPOSITORY_OPTION(owner)                                                                   \
    TEXT_OPTION(owner, repository, "repository", "DIR",                                            \
                "the folder of models (default: MICA_REPOSITORY of the environment)")

/* --repository, else MICA_REPOSITORY. Errors: VALUE, neither. */
mica_status repository_of(const char *option, const char **out, mica_error *err);
/* "anna@host" */
void user_and_host(char out[160]);
/* Both, for a change of a model; `by` must live as long. */
mica_status change_by(mica_context *ctx, const char *option, const char *name, char by[160],
                      change_of *out, mica_error *err);

#endif
