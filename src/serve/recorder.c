/* See recorder.h. What was taken from the queue is one list, written in one transaction; where that
 * fails, all of it is tried again a second later, by a new connection. */
#include "serve/recorder.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/philox.h"
#include "serve/outbox.h"
#include "serve/record_store.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_WAITING = 32 << 20, MOST_HELD = 32 << 20 };

struct recorder {
    recorder_options o;
    outbox *box;
    _Atomic uint64_t predictions, labels, lost, withheld;
    atomic_bool fails;
    /* the writer's thread alone */
    deidentify *policies;
    database_writer database;
    record *first, **last; /* taken, and not written */
    size_t held;
    double expired, tried;
    bool grown;            /* rows came since the last expiry */
    uint64_t withheld_now; /* in the transaction that runs */
    bool told_withheld, told_wrong;
};

static void tell(const recorder *r, const char *format, const char *text) {
    char line[1200];
    snprintf(line, sizeof line, format, text);
    if (r->o.tell) r->o.tell(r->o.user, line);
}

/* ---- the database ---- */

static mica_status connect_to(recorder *r, mica_error *err) {
    const database_request wanted = {.spec = r->o.database, .password_file = r->o.password_file};
    TRY(database_open_to_write(&wanted, &r->database, err));
    const mica_status status = record_tables(&r->database, err);
    if (status != MICA_OK) database_close(&r->database);
    return status;
}

/* A file that was removed is not the one that is open. */
static bool is_there(const recorder *r) {
    const char *path = database_path(r->o.database);
    return r->database.connection && (!path || file_exists(path));
}

static mica_status write_prediction(recorder *r, const record *one, mica_error *err) {
    strbuf inputs = {0}, outputs = {0};
    mica_error why;
    const bool withheld = deidentify_inputs(r->policies, one, &inputs, &why) != MICA_OK;
    if (withheld) {
        if (!r->told_withheld) tell(r, "%s: inputs are not kept", why.message);
        r->told_withheld = true;
    }
    record_put_outputs(one, &outputs);
    const mica_status status = inputs.failed || outputs.failed
                                   ? fail_no_memory(err, "a record")
                                   : record_insert(&r->database, one,
                                                   inputs.length ? inputs.data : NULL, outputs.data,
                                                   err);
    strbuf_free(&inputs);
    strbuf_free(&outputs);
    r->withheld_now += withheld && status == MICA_OK;
    return status;
}

static mica_status write_one(recorder *r, const record *one, mica_error *err) {
    return one->label ? record_insert_label(&r->database, one, err) : write_prediction(r, one, err);
}

static mica_status run(recorder *r, const char *sql, mica_error *err) {
    return database_execute(&r->database, sql, 0, NULL, err);
}

/* Labels are promised, and few: of each that is lost it is told. */
static void lose(recorder *r, record *one, const char *why) {
    if (!one->label) atomic_fetch_add(&r->lost, 1);
    else {
        char line[400];
        snprintf(line, sizeof line, "a label of model %.100s was lost: %.200s", one->model, why);
        tell(r, "%s", line);
    }
    record_free(one);
}

/* One that the database does not take, whatever is done: a text with a zero in it, of PostgreSQL.
 */
static void leave_out(recorder *r, record **at, const mica_error *why) {
    record *one = *at;
    if (!(*at = one->next)) r->last = at;
    if (!one->label && !r->told_wrong) tell(r, "%s: this record is not kept", why->message);
    r->told_wrong |= !one->label;
    r->held -= one->bytes;
    lose(r, one, why->message);
}

/* Each by itself: what is wrong with one undoes that one alone. */
static mica_status write_apart(recorder *r, mica_error *err) {
    for (record **at = &r->first; *at;) {
        TRY(run(r, "SAVEPOINT one", err));
        const mica_status status = write_one(r, *at, err);
        if (status == MICA_VALUE) {
            leave_out(r, at, err); /* first: a constraint may have undone the transaction */
            TRY(run(r, "ROLLBACK TO SAVEPOINT one", err));
        } else {
            TRY(status);
            at = &(*at)->next;
        }
        TRY(run(r, "RELEASE SAVEPOINT one", err));
    }
    return MICA_OK;
}

static mica_status write_together(recorder *r, mica_error *err) {
    for (const record *one = r->first; one; one = one->next) TRY(write_one(r, one, err));
    return MICA_OK;
}

/* Time makes rows too old whether or not others come; too many they become by others alone. */
static bool must_expire(const recorder *r) {
    return (r->grown || r->first || r->o.keep_seconds > 0) && clock_seconds() - r->expired >= 1;
}

static mica_status write_list(recorder *r, bool apart, mica_error *err) {
    if (!is_there(r)) {
        database_close(&r->database);
        TRY(connect_to(r, err));
    }
    const bool expires = must_expire(r);
    r->withheld_now = 0;
    TRY(run(r, "BEGIN", err));
    TRY(apart ? write_apart(r, err) : write_together(r, err));
    if (expires) TRY(record_expire(&r->database, r->o.rows, r->o.keep_seconds, err));
    TRY(run(r, "COMMIT", err));
    atomic_fetch_add(&r->withheld, r->withheld_now);
    r->grown = !expires && (r->grown || r->first);
    if (expires) r->expired = clock_seconds();
    return MICA_OK;
}

/* ---- the writer's thread ---- */

static void forget(recorder *r, bool written) {
    for (record *one; (one = r->first);) {
        r->first = one->next;
        if (written) {
            atomic_fetch_add(one->label ? &r->labels : &r->predictions, 1);
            record_free(one);
        } else lose(r, one, "the database did not take it before the end");
    }
    r->last = &r->first;
    r->held = 0;
}

static void take(void *user, void *block) {
    recorder *r = user;
    record *one = block;
    /* Labels are few, and promised: for them there is more room. */
    if (r->held + one->bytes > (size_t)MOST_HELD * (one->label ? 2 : 1)) {
        lose(r, one, "too many wait");
        return;
    }
    one->next = NULL;
    *r->last = one;
    r->last = &one->next;
    r->held += one->bytes;
}

static void rest(void *user) {
    recorder *r = user;
    mica_error err;
    if (!r->first && !must_expire(r)) return;
    if (atomic_load(&r->fails) && clock_seconds() - r->tried < 1) return;
    mica_status status = write_list(r, false, &err);
    if (status == MICA_VALUE && r->first && r->database.connection) {
        run(r, "ROLLBACK", NULL);
        status = write_list(r, true, &err);
    }
    const bool fails = status != MICA_OK;
    r->tried = clock_seconds();
    if (fails) database_close(&r->database); /* and what was begun is undone */
    else forget(r, true);
    if (fails == atomic_exchange(&r->fails, fails)) return;
    if (fails) tell(r, "%s: predictions are not recorded", err.message);
    else tell(r, "%s: predictions are recorded again", r->o.database);
}

/* ---- from any thread ---- */

bool recorder_samples(const recorder *r, uint32_t random) {
    return r && (double)philox_unit(random) < r->o.sample;
}

void recorder_keep(recorder *r, served *v, const inference *x, const char *request_id,
                   const char *who) {
    record *one = record_prediction(v, x, request_id, who);
    if (one && outbox_put(r->box, one, one->bytes)) return;
    record_free(one);
    atomic_fetch_add(&r->lost, 1);
}

mica_status recorder_label(recorder *r, const char *model, const char *request_id,
                           const char *label, const char *who, mica_error *err) {
    if (atomic_load(&r->fails))
        return fail(err, MICA_BUSY, "labels cannot be kept now: the database does not answer");
    record *one = record_label(model, request_id, label, who);
    if (!one) return fail_no_memory(err, "a label");
    if (outbox_put(r->box, one, one->bytes)) return MICA_OK;
    record_free(one);
    return fail(err, MICA_BUSY, "labels cannot be kept now: too many wait");
}

recorder_figures recorder_read(const recorder *r) {
    return (recorder_figures){atomic_load(&r->predictions), atomic_load(&r->labels),
                              atomic_load(&r->lost), atomic_load(&r->withheld),
                              atomic_load(&r->fails)};
}

/* ---- */

mica_status recorder_open(const recorder_options *o, recorder **out, mica_error *err) {
    recorder *r = allocate(1, sizeof *r);
    if (!r) return fail_memory(err, sizeof *r, "the prediction log");
    r->o = *o;
    r->last = &r->first;
    r->grown = true; /* by who wrote before, perhaps with other limits */
    if (!r->o.rows) r->o.rows = 1000000;
    mica_status status = connect_to(r, err);
    if (status == MICA_OK) status = deidentify_open(&o->policies, &r->policies, err);
    if (status == MICA_OK)
        status = outbox_open(&(outbox_work){take, rest, r, MOST_WAITING}, &r->box, err);
    if (status == MICA_OK) *out = r;
    else recorder_close(r);
    return status;
}

mica_status recorder_check(const recorder_options *o, mica_error *err) {
    deidentify *policies = NULL;
    TRY(record_check(o->database, o->password_file, err));
    const mica_status status = deidentify_open(&o->policies, &policies, err);
    deidentify_close(policies);
    return status;
}

void recorder_close(recorder *r) {
    if (!r) return;
    outbox_close(r->box);
    if (r->first) {
        atomic_store(&r->fails, false); /* once more, at once */
        rest(r);
    }
    forget(r, false);
    database_close(&r->database);
    deidentify_close(r->policies);
    free(r);
}
