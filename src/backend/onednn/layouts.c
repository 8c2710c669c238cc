/* Packed weights between plans: see layouts.h. */
#include "backend/onednn/layouts.h"

#include <dnnl_debug.h>
#include <string.h>

/* What a layout's blob holds: enough to make the descriptor again, with either oneDNN. */
typedef struct packed_weights {
    int64_t dims[6];
    int32_t rank, plain_tag, tag;
    int16_t version; /* of oneDNN: tags are renumbered between major versions */
    int16_t type;    /* of the elements; no bytes lie between, as layouts are compared by bytes */
} packed_weights;

_Static_assert(sizeof(packed_weights) == 6 * 8 + 4 * 4, "nothing between");
_Static_assert(sizeof(packed_weights) <= sizeof((layout){0}.blob), "a packed layout fits its blob");

bool layout_of_weights(const window *g, dnnl_data_type_t type, desc d, layout *out) {
    packed_weights p = {.rank = weights_rank(g),
                        .plain_tag = (int32_t)weights_tag(g),
                        .version = (int16_t)dnnl_version()->major,
                        .type = (int16_t)type};
    weights_dims(g, p.dims);
    p.tag = (int32_t)desc_find_tag(d, type, p.rank, p.dims);
    if (p.tag == dnnl_format_tag_undef) return false;
    memset(out, 0, sizeof *out);
    snprintf(out->name, sizeof out->name, "%s", dnnl_fmt_tag2str((dnnl_format_tag_t)p.tag));
    out->bytes = desc_bytes(d);
    memcpy(out->blob, &p, sizeof p);
    return true;
}

static desc desc_of_layout(const packed_weights *p, bool plain) {
    return desc_tag((dnnl_data_type_t)p->type, p->rank, p->dims,
                    (dnnl_format_tag_t)(plain ? p->plain_tag : p->tag));
}

static mica_status reorder(primitives *p, desc from, const void *in, desc to, void *out,
                           mica_error *err) {
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t s = from && to ? pd_reorder(&pd, p->engine, from, to, p->plain_attr)
                                 : dnnl_invalid_arguments;
    if (s) return fail_dnnl(err, s, "reorder of weights");
    int step;
    TRY(primitives_add(p, pd, (int[]){DNNL_ARG_FROM, DNNL_ARG_TO}, 2, &step, err));
    size_t bytes = primitives_scratch(p, step);
    void *scratch = bytes ? allocate_aligned(bytes) : NULL;
    void *hands = primitives_bind(&(kernel_plan){.state = p}, 1);
    mica_status status = MICA_OK;
    if (!hands || (bytes && !scratch)) status = fail_memory(err, bytes, "reorder of weights");
    else primitives_run(p, hands, step, (const void *[]){in, out}, scratch);
    primitives_unbind(hands);
    release_aligned(scratch);
    return status;
}

mica_status onednn_reorder(const operand *what, const layout *from, const void *in,
                           const layout *to, void *out, team *team, mica_error *err) {
    packed_weights a = {0}, b = {0};
    if (from) memcpy(&a, from->blob, sizeof a);
    if (to) memcpy(&b, to->blob, sizeof b);
    if (!from && !to) return fail(err, MICA_INTERNAL, "oneDNN reorder: no packed layout given");
    desc source = desc_of_layout(from ? &a : &b, !from), target = desc_of_layout(to ? &b : &a, !to);
    int threads = alone_begin();
    primitives p;
    mica_status status = primitives_open(&p, err);
    if (status == MICA_OK) status = reorder(&p, source, in, target, out, err);
    primitives_close(&p);
    alone_end(threads);
    desc_free(source);
    desc_free(target);
    return status;
}
