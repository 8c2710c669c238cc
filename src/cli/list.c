/* mica list: everything that has a table, from the table itself. */
#include "cli/cli.h"

#include "backend/kernel.h"
#include "cli/table.h"
#include "data/dataset.h"
#include "format/format.h"
#include "layer/layer.h"
#include "loss/loss.h"
#include "metric/metric.h"
#include "optim/optimizer.h"
#include "part/part.h"
#include "part/schedule.h"
#include "train/callback.h"

#include <string.h>

typedef struct list_options {
    common_options common;
} list_options;

static const option options[] = {COMMON_OPTIONS(list_options), END_OF_OPTIONS};

/* Name and description of entry i; false after the last. */
typedef bool (*entry)(size_t i, const char **name, const char **what);

#define ENTRY(function, table, member, description)                                                \
    static bool function(size_t i, const char **name, const char **what) {                         \
        if (!(table)[i]) return false;                                                             \
        *name = (table)[i]->member;                                                                \
        *what = description;                                                                       \
        return true;                                                                               \
    }
ENTRY(layer_at, all_layers, name, NULL)
ENTRY(op_at, all_ops, name, NULL)
ENTRY(optimizer_at, all_optimizers, name, (all_optimizers)[i]->class_name)
ENTRY(loss_at, all_losses, name, (all_losses)[i]->class_name)
ENTRY(metric_at, all_metrics, name, (all_metrics)[i]->class_name)
ENTRY(initializer_at, all_initializers, name, (all_initializers)[i]->class_name)
ENTRY(activation_at, all_activations, name, NULL)
ENTRY(regularizer_at, all_regularizers, name, (all_regularizers)[i]->class_name)
ENTRY(constraint_at, all_constraints, name, (all_constraints)[i]->class_name)
ENTRY(schedule_at, all_schedules, name, (all_schedules)[i]->class_name)

ENTRY(callback_at, all_callbacks, name, (all_callbacks)[i]->class_name)

ENTRY(format_at, all_formats, name, (all_formats)[i]->what)
ENTRY(source_at, all_sources, name, (all_sources)[i]->what)
ENTRY(backend_at, backends(), name, backends()[i]->what)
ENTRY(command_at, all_commands, name, (all_commands)[i]->summary)

static bool data_command_at(size_t i, const char **name, const char **what) {
    const command *c = command_data.commands[i];
    if (c) *name = command_word(c), *what = c->summary;
    return c != NULL;
}

static const struct listing {
    const char *name, *what;
    entry at;
} listings[] = {
    {"layers", "layers, by Keras's class names", layer_at},
    {"ops", "operations that layers and programs are made of", op_at},
    {"optimizers", "optimizers", optimizer_at},
    {"losses", "losses", loss_at},
    {"metrics", "metrics", metric_at},
    {"initializers", "first values of weights", initializer_at},
    {"activations", "activations", activation_at},
    {"regularizers", "penalties of weights", regularizer_at},
    {"constraints", "what weights must keep to", constraint_at},
    {"schedules", "learning rates that change", schedule_at},
    {"callbacks", "what fit calls at steps and epochs", callback_at},
    {"formats", "model files", format_at},
    {"sources", "kinds of data", source_at},
    {"backends", "what computes, best first", backend_at},
    {"commands", "commands of mica", command_at},
    {"data", "commands of mica data", data_command_at},
};

static bool listing_at(size_t i, const char **name, const char **what) {
    if (i >= LENGTH(listings)) return false;
    *name = listings[i].name;
    *what = listings[i].what;
    return true;
}

static void print_list(const char *kind, entry at, bool json) {
    const char *name, *what;
    json_t *entries = json_array();
    table t = {.columns = 2};
    for (size_t i = 0; at(i, &name, &what); i++) {
        json_t *e = json_pack("{s:s}", "name", name);
        if (what) json_object_set_new(e, "what", json_string(what));
        json_array_append_new(entries, e);
        table_add(&t, "%s", name);
        table_add(&t, "%s", what ? what : "");
    }
    if (json) print_json(json_pack("{s:O}", kind, entries));
    table_print(&t, json ? NULL : stdout);
    json_decref(entries);
}

static int run(void *data) {
    const list_options *o = data;
    const char *wanted = o->common.arguments ? o->common.argument[0] : NULL;
    const char *names[LENGTH(listings) + 1] = {NULL};
    if (!wanted) return print_list("lists", listing_at, o->common.json), EXIT_DONE;
    for (size_t i = 0; i < LENGTH(listings); i++) {
        names[i] = listings[i].name;
        if (!strcmp(wanted, listings[i].name))
            return print_list(wanted, listings[i].at, o->common.json), EXIT_DONE;
    }
    const char *near = nearest_name(wanted, names);
    if (near) return wrong_usage(&command_list, "no list '%s' (did you mean '%s'?)", wanted, near);
    return wrong_usage(&command_list, "no list '%s'; mica list tells which there are", wanted);
}

static const char *word(size_t i) { return i < LENGTH(listings) ? listings[i].name : NULL; }

const command command_list = {
    "list",
    "[layers | ops | optimizers | losses | metrics | formats | backends | …]",
    "what this mica has; without an argument the lists",
    options,
    sizeof(list_options),
    0,
    1,
    run,
    NULL,
    word};
