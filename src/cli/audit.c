/* mica audit: what a server's audit log holds; each of its commands is a file and a line in
 * audit.def. */
#include "cli/audit.h"

#include "base/file.h"
#include "batch/secret.h"

#define AUDIT(name) extern const command command_##name;
#include "cli/audit.def"
#undef AUDIT

static const command *const commands[] = {
#define AUDIT(name) &command_##name,
#include "cli/audit.def"
#undef AUDIT
    NULL,
};

typedef struct audit_command_options {
    common_options common;
} audit_command_options;

static const option options[] = {FLAG(audit_command_options, common.help, "help", "this text"),
                                 END_OF_OPTIONS};

static const char *word(size_t i) { return commands[i] ? command_word(commands[i]) : NULL; }

const command command_audit = {
    .name = "audit",
    .arguments = "COMMAND",
    .summary = "check and read the audit log of a server",
    .options = options,
    .options_size = sizeof(audit_command_options),
    .max_arguments = -1,
    .word = word,
    .commands = commands,
};

mica_status with_audit_key(const char *path,
                           mica_status (*run)(void *user, const audit_key *key, mica_error *err),
                           void *user, mica_error *err) {
    secret key = {0};
    if (path) TRY(secret_read(path, &key, err));
    const mica_status status = run(user, &(audit_key){key.bytes, key.size}, err);
    secret_forget(&key);
    return status;
}
