/* Connections of a build without GnuTLS: none is encrypted. */
#include "serve/http_exchange.h"

unsigned secure_options(lane *l, struct MHD_OptionItem *items, int *n) { return 0; }

const char *secure_name(struct MHD_Connection *connection) { return NULL; }
