/* Losses of the user's own: see mica/custom.h. */
#include "loss/loss.h"
#include "part/registered.h"

#include <string.h>

typedef struct custom_kind {
    loss_kind kind; /* first */
    mica_loss_class_options user;
} custom_kind;

static mica_tensor *call(loss_frame *f) {
    const mica_loss_class_options *c = &((const custom_kind *)(const void *)f->kind)->user;
    f->y_pred = widened(f->y_pred);
    return c->call(f->options, f->y_true, f->y_pred);
}

mica_loss_class_options mica_loss_class_defaults(void) {
    return (mica_loss_class_options){.size = sizeof(mica_loss_class_options)};
}

mica_status mica_register_loss(mica_context *ctx, const mica_loss_class_options *given,
                               mica_error *err) {
    mica_loss_class_options c = mica_loss_class_defaults();
    TRY(options_take(&c, sizeof c, given, "mica_register_loss", err));
    if (!c.name || !c.class_name || !c.call)
        return fail(err, MICA_VALUE, "mica_register_loss: name, class_name and call must be given");
    kinds known = KINDS(REGISTERED(ctx, REGISTERED_LOSSES, all_losses));
    if (kind_find(known, c.name) || kind_find(known, c.class_name))
        return fail(err, MICA_NAME, "mica_register_loss: there is a loss %s already", c.name);
    arena *a = registered_arena(ctx);
    custom_kind *k = a ? arena_take(a, sizeof *k) : NULL;
    const char *name = k ? arena_text(a, c.name) : NULL;
    if (!name) return fail_memory(err, sizeof *k, c.name);
    const field common[] = {LOSS_FIELDS(mica_loss_options, name), END_OF_FIELDS};
    k->user = c;
    k->kind = (loss_kind){.name = name,
                          .class_name = arena_text(a, c.class_name),
                          .fields = registered_fields(a, common, c.options),
                          .options_size = c.options_size ? c.options_size
                                                         : sizeof(mica_loss_options),
                          .ignored = loss_ignored,
                          .not_in_keras = true,
                          .call = call,
                          .sparse_labels = c.sparse_labels};
    if (!k->kind.class_name || !k->kind.fields) return fail_memory(err, sizeof *k, c.name);
    return registered_add(ctx, REGISTERED_LOSSES, (const void *const *)(const void *)all_losses, k,
                          err);
}
