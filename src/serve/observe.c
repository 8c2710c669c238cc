/* See observe.h. */
#include "serve/observe.h"

#include "serve/trail.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const char *in_detail(strbuf *out, const char *name, const char *text) {
    strbuf_add(out, "{\"%s\":", name);
    strbuf_put_quoted_bytes(out, text, strlen(text)); /* file names may be any bytes */
    strbuf_put(out, "}", 1);
    return out->failed ? NULL : out->data;
}

static bool is_refusal(int code) { return code == 401 || code == 403 || code == 421; }

unsigned observe_what(const server *s, uint32_t random) {
    return (recorder_samples(s->recorder, random) ? KEEP_RECORD : 0) |
           (s->trail && s->o.audit.bodies ? KEEP_AUDIT : 0);
}

void observe(server *s, strbuf *gathered, const observed *o) {
    char address[ADDRESS_TEXT], by[96], outcome[16] = "ok";
    strbuf detail = {0};
    if (o->work && o->work->kept & KEEP_RECORD)
        recorder_keep(s->recorder, o->served, o->work, o->request_id, identity_who(o->who));
    if (!s->trail || (!o->deed && !o->denied && !is_refusal(o->code))) return;
    if (o->code != 200) snprintf(outcome, sizeof outcome, "%d", o->code);
    audit_event e = {.address = address_text(o->address, address),
                     .action = o->deed ? o->deed : "read",
                     .model = o->model,
                     .version = o->version,
                     .outcome = outcome,
                     .request = o->request_id};
    /* A token may have no subject, and yet it was checked: anonymous is who came with nothing that
     * is known. */
    const char *known = identity_who(o->who);
    e.who = known ? known : "anonymous";
    e.by = identity_by(o->who, by);
    if (o->denied) e.detail = in_detail(&detail, "why", o->denied);
    if (o->work && o->work->kept & KEEP_AUDIT)
        trail_note_inputs(s->trail, gathered, &e,
                          record_prediction(o->served, o->work, o->request_id, NULL));
    else trail_note(s->trail, gathered, &e);
    strbuf_free(&detail);
}

void observe_server(server *s, const char *action, const char *model, const char *version,
                    const char *detail, const mica_error *err) {
    strbuf why = {0};
    if (!s->trail) return;
    if (err) detail = in_detail(&why, "why", err->message);
    trail_say(s->trail, &(audit_event){.who = "server",
                                       .action = action,
                                       .model = model,
                                       .version = version,
                                       .outcome = err ? "failed" : "ok",
                                       .detail = detail});
    strbuf_free(&why);
}
