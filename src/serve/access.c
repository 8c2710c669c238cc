#include "serve/access.h"
mica_status access_open(const access_options *o, access_control **out, mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "keys");
}
mica_status access_reload(access_control *a, mica_error *err) { return MICA_OK; }
void access_close(access_control *a) {}
access_result access_check(const access_control *a, const char *authorization,
                           const char *certificate, action what, const char *model, identity *who,
                           mica_error *err) {
    return ACCESS_UNKNOWN;
}
