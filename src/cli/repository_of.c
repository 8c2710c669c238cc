/* See repository_of.h. */
#include "cli/repository_of.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

mica_status repository_of(const char *option, const char **out, mica_error *err) {
    const char *variable = getenv("MICA_REPOSITORY");
    *out = option ? option : variable;
    if (*out && **out) return MICA_OK;
    return fail(err, MICA_VALUE,
                "--repository DIR, or MICA_REPOSITORY, says where the models are kept");
}

void user_and_host(char out[160]) {
    const struct passwd *user = getpwuid(geteuid());
    char host[80] = "";
    gethostname(host, sizeof host - 1);
    if (user && user->pw_name) snprintf(out, 160, "%.64s@%s", user->pw_name, host);
    else snprintf(out, 160, "user %ld@%s", (long)geteuid(), host);
}

mica_status change_by(mica_context *ctx, const char *option, const char *name, char by[160],
                      change_of *out, mica_error *err) {
    user_and_host(by);
    *out = (change_of){.ctx = ctx, .name = name, .by = by};
    return repository_of(option, &out->repository, err);
}
