/* The system calls that serving needs, and no others: a filter that the process puts on itself when
 * models are loaded and threads are made (seccomp, by libseccomp). It cannot be taken off. Whoever
 * then takes over a thread starts no program, traces nobody, opens no strange socket and listens
 * nowhere else. docs/deploy.md. */
#ifndef SERVE_SANDBOX_H
#define SERVE_SANDBOX_H

#include "base/error.h"

#include <stdbool.h>

typedef enum sandbox_mode {
    SANDBOX_OFF,
    SANDBOX_ON,   /* refused calls fail with EPERM */
    SANDBOX_LOG,  /* they are let through, and the kernel logs them */
    SANDBOX_KILL, /* they end the process (SIGSYS) */
} sandbox_mode;

extern const char *const sandbox_modes[]; /* "off", "on" …, ending in NULL */

/* For every thread there is and will be. `generated_code`: memory may be written and executed, as
 * oneDNN wants it. Errors: UNSUPPORTED where this build or the kernel has none. */
mica_status sandbox_enter(sandbox_mode mode, bool generated_code, mica_error *err);

#endif
