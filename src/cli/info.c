/* mica info: the machine as mica sees it, and what this build is made of. */
#include "cli/machine.h"
#include "cli/table.h"

typedef struct info_options {
    common_options common;
} info_options;

#define O info_options
static const option options[] = {RUN_OPTIONS(O), COMMON_OPTIONS(O), END_OF_OPTIONS};

static void add_list(table *t, const char *name, const json_t *list) {
    strbuf text = {0};
    size_t i;
    json_t *value;
    json_array_foreach(list, i, value)
        strbuf_add(&text, "%s%s", i ? " " : "", json_string_value(value));
    table_add(t, "%s", name);
    table_add(t, "%s", text.data ? text.data : "none");
    strbuf_free(&text);
}

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "not set";
}

static double number_at(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

/* The number that holds, why, and beneath it all that was asked. */
static void add_threads(table *t, const json_t *threads) {
    const json_t *quota = json_object_get(threads, "quota");
    table_add(t, "threads");
    table_add(t, "%.0f (%s)", number_at(threads, "count"), text_at(threads, "why"));
    table_add(t, "  CPU affinity"), table_add(t, "%.0f", number_at(threads, "affinity"));
    table_add(t, "  physical cores"), table_add(t, "%.0f", number_at(threads, "cores"));
    table_add(t, "  cgroup CPU quota");
    if (json_is_object(quota))
        table_add(t, "%.4g (cgroup v%.0f)", number_at(quota, "cpus"), number_at(quota, "cgroup"));
    else table_add(t, "none");
    table_add(t, "  MICA_NUM_THREADS"), table_add(t, "%s", text_at(threads, "MICA_NUM_THREADS"));
}

static void add_memory(table *t, const json_t *memory) {
    const json_t *limit = json_object_get(memory, "limit");
    table_add(t, "memory available");
    table_add(t, "%.0f MiB (%s)", number_at(memory, "available_mib"), text_at(memory, "why"));
    table_add(t, "  of the machine"), table_add(t, "%.0f MiB", number_at(memory, "machine_mib"));
    table_add(t, "  cgroup limit");
    if (json_is_object(limit))
        table_add(t, "%.0f MiB, %.0f MiB left (cgroup v%.0f)", number_at(limit, "limit_mib"),
                  number_at(limit, "left_mib"), number_at(limit, "cgroup"));
    else table_add(t, "none");
}

static void print_info(const json_t *all) {
    table t = {.columns = 2};
    const json_t *cpu = json_object_get(all, "cpu");
    const char *name;
    json_t *value;
    table_add(&t, "mica"), table_add(&t, "%s", text_at(all, "version"));
    table_add(&t, "cpu"), table_add(&t, "%s", text_at(cpu, "model"));
    add_list(&t, "instruction sets", json_object_get(cpu, "instruction_sets"));
    table_add(&t, "own kernels for"), table_add(&t, "%s", text_at(cpu, "kernels"));
    add_threads(&t, json_object_get(all, "threads"));
    add_memory(&t, json_object_get(all, "memory"));
    add_list(&t, "backends", json_object_get(all, "backends"));
    json_object_foreach(json_object_get(all, "libraries"), name, value) {
        table_add(&t, "%s", name);
        table_add(&t, "%s", json_is_string(value) ? json_string_value(value) : "not in this build");
    }
    table_print(&t, stdout);
}

static int run(void *data) {
    const info_options *o = data;
    mica_context *ctx = open_context(&o->common, 0);
    if (!ctx) return EXIT_FAILED;
    json_t *all = machine_json(ctx);
    if (o->common.json) {
        print_json(all);
    } else {
        print_info(all);
        json_decref(all);
    }
    mica_close(&ctx);
    return EXIT_DONE;
}

const command command_info = {
    "info", "",  "processor, threads, backends, libraries", options, sizeof(info_options), 0, 0,
    run,    NULL};
