/* What libmicrohttpd alone does: it answers every request with a constant, on as many threads as
 * are given, until its input ends. bench/serve.py compares mica serve with it.
 *
 *   serve_constant PORT THREADS
 */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum MHD_Result answer(void *user, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state) {
    static int begun;
    if (!*state) {
        *state = &begun;
        return MHD_YES;
    }
    if (*upload_size) {
        *upload_size = 0;
        return MHD_YES;
    }
    *state = NULL;
    return MHD_queue_response(c, 200, user);
}

int main(int argc, char **argv) {
    static char text[] = "{\"outputs\":[]}";
    if (argc != 3) return 2;
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), text,
                                                             MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(r, "Content-Type", "application/json");
    struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)atoi(argv[1]),
                                            NULL, NULL, answer, r, MHD_OPTION_THREAD_POOL_SIZE,
                                            (unsigned)atoi(argv[2]), MHD_OPTION_END);
    if (!d) return 1;
    while (getchar() != EOF) continue;
    MHD_stop_daemon(d);
    MHD_destroy_response(r);
    return 0;
}
