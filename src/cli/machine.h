/* Processor, threads, memory, backends and libraries as one JSON object. It names neither the host
 * nor the user. */
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include "cli/cli.h"

json_t *machine_json(const mica_context *ctx);
/* The most memory that this process has had, in MiB; 0: the system does not say. */
double peak_mib(void);

#endif
