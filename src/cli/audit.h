/* What the commands of `mica audit` share. */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H

#include "cli/cli.h"
#include "monitor/audit.h"

/* Runs with the key in that file (NULL: none), which is forgotten afterwards. */
mica_status with_audit_key(const char *path,
                           mica_status (*run)(void *user, const audit_key *key, mica_error *err),
                           void *user, mica_error *err);

#endif
