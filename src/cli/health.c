/* mica health: whether a server is ready, as an exit status. */
#include "cli/cli.h"
#include "mica/client.h"

typedef struct health_options {
    common_options common;
    const char *ca;
    double timeout;
} health_options;

#define O health_options
static const option options[] = {
    TEXT_OPTION(O, ca, "ca", "FILE",
                "who signed the server's certificate, PEM (default: the system's)"),
    REAL_OPTION(O, timeout, "timeout", "SECONDS", 0.001, 3600,
                "how long the server may take to answer (default 5)"),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static int run(void *raw) {
    const health_options *o = raw;
    mica_client *c = NULL;
    mica_error err = {0};
    const double seconds = real_given(o->timeout) ? o->timeout : 5;
    mica_status status = mica_client_open(
        o->common.argument[0],
        MICA_OPTIONS(client, .ca = o->ca, .timeout_ms = (int64_t)(seconds * 1e3)), &c, &err);
    if (status == MICA_OK) status = mica_client_ready(c, NULL, &err);
    mica_client_close(&c);
    if (status != MICA_OK) return report(&o->common, &err);
    if (o->common.json) print_json(json_pack("{s:b}", "ready", 1));
    else if (!o->common.quiet) puts("ready");
    return EXIT_DONE;
}

const command command_health = {"health",
                                "URL",
                                "whether a server is ready for predictions",
                                options,
                                sizeof(health_options),
                                1,
                                1,
                                run,
                                "URL is http://HOST:PORT or https://HOST:PORT of mica serve. The "
                                "exit status is 0 where it is ready,\nelse 1: for HEALTHCHECK of "
                                "a container, and for scripts that wait for a server.\n"};
