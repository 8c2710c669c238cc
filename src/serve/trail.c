/* See trail.h. Events travel packed: for each its time, then its texts, each with a zero behind it.
 */
#include "serve/trail.h"

#include "base/clock.h"
#include "batch/secret.h"
#include "serve/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVENT_TEXTS = 9, MOST_WAITING = 16 << 20, MOST_PENDING = 16 << 20 };

struct trail {
    trail_options o;
    audit_log *log;
    outbox *box;
    atomic_bool fails;
    _Atomic uint64_t written, lost;
    /* the writer's thread alone */
    uint64_t told_lost; /* of `lost`, recorded */
    deidentify *policies;
    bool urgent, unsynced, told_withheld;
    double synced;
};

/* Of one turn of a lane. */
typedef struct packed {
    record *inputs; /* of its only event; NULL: none */
    size_t length;
    char bytes[];
} packed;

/* ---- packing ---- */

void trail_note(trail *t, strbuf *gathered, const audit_event *e) {
    if (!t) return;
    const char *texts[EVENT_TEXTS] = {e->who,     e->by,      e->address, e->action, e->model,
                                      e->version, e->outcome, e->request, e->detail};
    const int64_t us = clock_day_us();
    strbuf_put(gathered, (const char *)&us, sizeof us);
    for (int i = 0; i < EVENT_TEXTS; i++)
        strbuf_put(gathered, texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) + 1 : 1);
}

/* Behind the event at `at`. */
static const char *unpack(const char *at, audit_event *e) {
    const char **texts[EVENT_TEXTS] = {&e->who,     &e->by,      &e->address, &e->action, &e->model,
                                       &e->version, &e->outcome, &e->request, &e->detail};
    *e = (audit_event){0};
    memcpy(&e->time_us, at, sizeof e->time_us);
    at += sizeof e->time_us;
    for (int i = 0; i < EVENT_TEXTS; i++) {
        if (*at) *texts[i] = at;
        at += strlen(at) + 1;
    }
    return at;
}

static size_t count(const char *bytes, size_t length) {
    audit_event e;
    size_t n = 0;
    for (const char *at = bytes; at < bytes + length; n++) at = unpack(at, &e);
    return n;
}

static void hand_over(trail *t, strbuf *gathered, record *inputs) {
    packed *p = gathered->failed ? NULL : malloc(sizeof *p + gathered->length);
    const size_t size = gathered->length + (inputs ? inputs->bytes : 0);
    if (p) {
        *p = (packed){.inputs = inputs, .length = gathered->length};
        memcpy(p->bytes, gathered->data, gathered->length);
    }
    if (!p || !outbox_put(t->box, p, size)) {
        const size_t events = gathered->failed ? 1 : count(gathered->data, gathered->length);
        atomic_fetch_add(&t->lost, events);
        record_free(inputs);
        free(p);
    }
    gathered->length = 0;
    gathered->failed = false;
}

void trail_flush(trail *t, strbuf *gathered) {
    if (t && (gathered->length || gathered->failed)) hand_over(t, gathered, NULL);
}

void trail_note_inputs(trail *t, strbuf *gathered, const audit_event *e, record *r) {
    trail_flush(t, gathered);
    trail_note(t, gathered, e);
    hand_over(t, gathered, r);
}

void trail_say(trail *t, const audit_event *e) {
    strbuf one = {0};
    trail_note(t, &one, e);
    trail_flush(t, &one);
    strbuf_free(&one);
}

/* ---- writing ---- */

/* What has an outcome of its own is on the disk soon; predictions are once a second. */
static bool is_urgent(const audit_event *e) {
    return !e->action || strcmp(e->action, "predict") != 0 || !e->outcome ||
           strcmp(e->outcome, "ok") != 0;
}

static void tell(trail *t, const char *format, const char *text) {
    char line[1200];
    snprintf(line, sizeof line, format, text);
    if (t->o.tell) t->o.tell(t->o.user, line);
}

/* {"inputs": …}; NULL: the model has no policy, or it cannot be applied. */
static const char *inputs_detail(trail *t, const record *r, strbuf *out) {
    mica_error err;
    strbuf_add(out, "{\"inputs\":");
    const size_t before = out->length;
    if (deidentify_inputs(t->policies, r, out, &err) != MICA_OK) {
        if (!t->told_withheld) tell(t, "%s: the audit log has no inputs", err.message);
        t->told_withheld = true;
    }
    const bool any = out->length > before;
    strbuf_put(out, "}", 1);
    return any && !out->failed ? out->data : NULL;
}

static void take(void *user, void *block) {
    trail *t = user;
    packed *p = block;
    audit_event e;
    strbuf detail = {0};
    for (const char *at = p->bytes; at < p->bytes + p->length;) {
        at = unpack(at, &e);
        t->urgent |= is_urgent(&e);
        if (p->inputs) e.detail = inputs_detail(t, p->inputs, &detail);
        if (audit_pending(t->log) > MOST_PENDING || !audit_add(t->log, &e))
            atomic_fetch_add(&t->lost, 1);
        else atomic_fetch_add(&t->written, 1);
    }
    strbuf_free(&detail);
    record_free(p->inputs);
    free(p);
}

static mica_status record_loss(trail *t, mica_error *err) {
    const uint64_t lost = atomic_load(&t->lost);
    char detail[64];
    if (lost == t->told_lost) return MICA_OK;
    snprintf(detail, sizeof detail, "{\"records\":%llu}",
             (unsigned long long)(lost - t->told_lost));
    if (!audit_add(t->log, &(audit_event){.action = "lost", .detail = detail}))
        return fail_no_memory(err, "the audit log");
    t->told_lost = lost;
    return audit_write(t->log, err);
}

static mica_status write_all(trail *t, mica_error *err) {
    t->unsynced |= audit_pending(t->log) > 0;
    TRY(audit_write(t->log, err));
    TRY(record_loss(t, err));
    if (!t->unsynced || (!t->urgent && clock_seconds() - t->synced < 1)) return MICA_OK;
    TRY(audit_sync(t->log, err));
    t->urgent = t->unsynced = false;
    t->synced = clock_seconds();
    return MICA_OK;
}

static void rest(void *user) {
    trail *t = user;
    mica_error err;
    const bool fails = write_all(t, &err) != MICA_OK;
    if (fails == atomic_exchange(&t->fails, fails)) return;
    if (fails) tell(t, "%s: the audit log is not written", err.message);
    else tell(t, "%s: the audit log is written again", t->o.folder);
}

/* ---- */

bool trail_fails(const trail *t) { return t && atomic_load(&t->fails); }
uint64_t trail_written(const trail *t) { return t ? atomic_load(&t->written) : 0; }
uint64_t trail_lost(const trail *t) { return t ? atomic_load(&t->lost) : 0; }

bool trail_refuses(const trail *t, action what) {
    if (!t || (what != ACTION_ADMIN && !(what == ACTION_PREDICT && t->o.refuse))) return false;
    /* What runs now still has room behind the half of it. */
    return atomic_load(&t->fails) || outbox_waiting(t->box) > MOST_WAITING / 2;
}

static audit_options log_options(const trail_options *o, const secret *key) {
    return (audit_options){.folder = o->folder,
                           .key = {key->bytes, key->size},
                           .segment_bytes = o->segment_bytes,
                           .segment_seconds = o->segment_seconds,
                           .keep_segments = o->keep_segments,
                           .keep_seconds = o->keep_seconds};
}

/* *out: what of inputs may be written; NULL: none are. */
static mica_status open_policies(const trail_options *o, deidentify **out, mica_error *err) {
    *out = NULL;
    if (o->bodies && !o->policies.count)
        return fail(err, MICA_VALUE,
                    "inputs in the audit log want a policy that says what of them may be written");
    return o->bodies ? deidentify_open(&o->policies, out, err) : MICA_OK;
}

static mica_status open_log(trail *t, mica_error *err) {
    secret key = {0};
    if (t->o.key_file) TRY(secret_read(t->o.key_file, &key, err));
    const audit_options options = log_options(&t->o, &key);
    const mica_status status = audit_open(&options, &t->log, err);
    secret_forget(&key);
    return status == MICA_OK ? open_policies(&t->o, &t->policies, err) : status;
}

mica_status trail_check(const trail_options *o, mica_error *err) {
    secret key = {0};
    deidentify *policies = NULL;
    if (o->key_file) TRY(secret_read(o->key_file, &key, err));
    const audit_options options = log_options(o, &key);
    mica_status status = audit_check(&options, err);
    secret_forget(&key);
    if (status == MICA_OK) status = open_policies(o, &policies, err);
    deidentify_close(policies);
    return status;
}

mica_status trail_open(const trail_options *o, trail **out, mica_error *err) {
    trail *t = allocate(1, sizeof *t);
    if (!t) return fail_memory(err, sizeof *t, "the audit log");
    t->o = *o;
    mica_status status = open_log(t, err);
    if (status == MICA_OK)
        status = outbox_open(&(outbox_work){take, rest, t, MOST_WAITING}, &t->box, err);
    if (status == MICA_OK) *out = t;
    else trail_close(t);
    return status;
}

void trail_end(trail *t) {
    if (!t) return;
    outbox_end(t->box);
    audit_close(t->log); /* which the writer alone used */
    t->log = NULL;
}

void trail_close(trail *t) {
    if (!t) return;
    trail_end(t);
    outbox_close(t->box);
    deidentify_close(t->policies);
    free(t);
}
