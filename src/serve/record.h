/* A request that was answered, copied by the thread that served it, for one that writes it down. */
#ifndef SERVE_RECORD_H
#define SERVE_RECORD_H

#include "serve/served.h"

enum { RECORD_MOST = 1 << 20 /* bytes of inputs, or of outputs: more are left out */ };

typedef struct record_value {
    const void *data; /* NULL: left out */
    shape shape;
} record_value;

typedef struct record {
    struct record *next; /* in a list of its writer */
    arena memory;
    size_t bytes; /* about what it takes */
    int64_t time_us;
    const char *request_id, *client_id, *model, *version, *who; /* client_id NULL: none */
    const char *label; /* JSON; NULL: this is no label, but a prediction */
    served *served;    /* held, of a prediction */
    int64_t rows;
    record_value *in, *out; /* as the contract has them */
    const char *given;      /* rows of a table as JSON, as they came; NULL: they were tensors */
    size_t given_length;
} record;

/* NULL: no memory. v is held by the record; x->given is kept by inferences with `kept` set. */
record *record_prediction(served *v, const inference *x, const char *request_id, const char *who);
record *record_label(const char *model, const char *request_id, const char *label, const char *who);
void record_free(record *r);

/* {"NAME": [one value for each row], …} of the wanted outputs; null where it was left out. */
void record_put_outputs(const record *r, strbuf *out);
/* "2026-11-29T10:00:00.123456Z" */
void record_put_time(const record *r, char out[32]);

#endif
