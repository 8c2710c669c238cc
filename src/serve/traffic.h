/* Which version answers a request that names none, and which one sees a copy of it: a rule for a
 * model, {"split": {"2": 0.1}, "shadow": {"version": "3", "share": 0.5, "tolerance": 0.001}}. Any
 * thread.
 *
 * `split` gives versions (numbers, aliases of a repository) their shares of the requests; the
 * default version has the rest. `shadow` names the version to which a share (default 1) of the
 * requests is copied: see shadow.h. Both go by the request's id, so that a request that is sent
 * again under the same id goes the same way. */
#ifndef SERVE_TRAFFIC_H
#define SERVE_TRAFFIC_H

#include "serve/models.h"

enum { MOST_SHARES = 8, VERSION_ROOM = 64 };

typedef struct shadow_rule {
    char version[VERSION_ROOM]; /* "": none */
    double share, tolerance;
} shadow_rule;

typedef struct traffic traffic;
mica_status traffic_open(traffic **out, mica_error *err);
void traffic_close(traffic *t);

/* Whether there is that version (NULL: any) of that model. Errors: NAME. */
typedef mica_status traffic_look(void *user, const char *model, const char *version,
                                 mica_error *err);

/* Sets a model's rule, instead of the one before; {}: none. Its versions must be among m's (NULL:
 * they may come later). Errors: VALUE, TYPE, NAME; the old rule stays. */
mica_status traffic_set(traffic *t, models *m, const char *model, const json_t *rule,
                        mica_error *err);
/* Whether it is a rule, and about versions that `there` finds (NULL: whatever there are). Errors:
 * VALUE, TYPE, NAME. */
mica_status traffic_check(const char *model, const json_t *rule, traffic_look *there, void *user,
                          mica_error *err);
void traffic_forget(traffic *t, const char *model);
/* The rule as it was set, the caller's; {}: none. NULL: no memory. */
json_t *traffic_rule(traffic *t, const char *model);

/* The version that answers the request of that id, held. A version that was unloaded since leaves
 * its share to the default, which is counted. Errors: as models_hold. */
mica_status traffic_hold(traffic *t, models *m, const char *model, const char *id, served **out,
                         mica_error *err);
/* Whether the request of that id is copied. */
bool traffic_shadow(traffic *t, const char *model, const char *id, shadow_rule *out);
/* Requests whose version was not there. */
uint64_t traffic_unmet(const traffic *t);

#endif
