/* mica info: the machine as mica sees it, and what this build is made of. */
#include "build_config.h"
#include "cli/cli.h"

#include "backend/cpu/isa.h"
#include "backend/kernel.h"
#include "cli/table.h"

#include <string.h>
#include <zlib.h>
#ifdef HAVE_ONEDNN
#include "backend/onednn/version.h"
#endif
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif
#ifdef HAVE_PNG
#include <png.h>
#endif
#ifdef HAVE_JPEG
#include <jpeglib.h>
#endif

typedef struct info_options {
    common_options common;
} info_options;

#define O info_options
static const option options[] = {RUN_OPTIONS(O), COMMON_OPTIONS(O), END_OF_OPTIONS};

/* ---- the processor, as Linux tells it ---- */

/* The value of the first of these keys in /proc/cpuinfo: "model name : …". */
static bool cpu_line(const char *const *keys, char *out, size_t room) {
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[8192];
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        for (const char *const *k = keys; *k && colon && !found; k++) {
            found = !strncmp(line, *k, strlen(*k)) && strchr("\t :", line[strlen(*k)]);
            if (found) snprintf(out, room, "%s", colon + 1 + strspn(colon + 1, " "));
        }
    }
    if (file) fclose(file);
    out[strcspn(out, "\n")] = 0;
    return found;
}

/* Those that matter for arithmetic, of x86 and arm64. */
static json_t *instruction_sets(void) {
    static const char *const known[] = {
        "avx",         "avx2",     "fma",      "f16c",     "avx512f",  "avx512_vnni", "avx512_bf16",
        "avx512_fp16", "avx_vnni", "amx_tile", "amx_bf16", "amx_int8", "asimd",       "asimdhp",
        "asimddp",     "bf16",     "i8mm",     "sve",      "sve2"};
    char flags[8192] = "", *rest = NULL;
    json_t *sets = json_array();
    cpu_line((const char *const[]){"flags", "Features", NULL}, flags, sizeof flags);
    for (char *flag = strtok_r(flags, " ", &rest); flag; flag = strtok_r(NULL, " ", &rest))
        for (size_t i = 0; i < LENGTH(known); i++)
            if (!strcmp(flag, known[i])) json_array_append_new(sets, json_string(flag));
    return sets;
}

/* ---- libraries ---- */

static void add_library(json_t *all, const char *name, const char *version) {
    json_object_set_new(all, name, version ? json_string(version) : json_null());
}

#ifdef HAVE_JPEG
#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)
#ifdef LIBJPEG_TURBO_VERSION
#define JPEG_TEXT "turbo " TEXT_OF(LIBJPEG_TURBO_VERSION)
#else
#define JPEG_TEXT TEXT_OF(JPEG_LIB_VERSION)
#endif
#endif

/* Those that this build does without are null. */
static json_t *libraries(void) {
    const char *onednn = NULL, *deflate = NULL, *png = NULL, *jpeg = NULL, *openmp = NULL;
#ifdef HAVE_ONEDNN
    char version[64];
    onednn_version(version);
    onednn = version;
#endif
#ifdef HAVE_LIBDEFLATE
    deflate = LIBDEFLATE_VERSION_STRING;
#endif
#ifdef HAVE_PNG
    png = png_get_libpng_ver(NULL);
#endif
#ifdef HAVE_JPEG
    jpeg = JPEG_TEXT;
#endif
#ifdef _OPENMP
    openmp = "found";
#endif
    json_t *all = json_object();
    add_library(all, "zlib", zlibVersion());
    add_library(all, "jansson", jansson_version_str());
    add_library(all, "onednn", onednn);
    add_library(all, "openmp", openmp);
    add_library(all, "libdeflate", deflate);
    add_library(all, "libpng", png);
    add_library(all, "libjpeg", jpeg);
    return all;
}

/* ---- all of it ---- */

static json_t *backend_list(void) {
    json_t *list = json_array();
    for (const backend *const *b = backends(); *b; b++)
        json_array_append_new(list, json_string((*b)->name));
    return list;
}

static json_t *info(const mica_context *ctx) {
    char model[256] = "unknown";
    cpu_line((const char *const[]){"model name", "Model", NULL}, model, sizeof model);
    json_t *cpu = json_pack("{s:s, s:o, s:s}", "model", model, "instruction_sets",
                            instruction_sets(), "kernels", isa_name(isa_best()));
    json_t *threads = json_pack("{s:i, s:s}", "count", mica_threads(ctx), "why",
                                mica_threads_reason(ctx));
    return json_pack("{s:s, s:o, s:o, s:f, s:o, s:o}", "version", MICA_VERSION, "cpu", cpu,
                     "threads", threads, "memory_mib", (double)memory_available() / 1048576,
                     "backends", backend_list(), "libraries", libraries());
}

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

static void print_info(const json_t *all) {
    table t = {.columns = 2};
    const json_t *cpu = json_object_get(all, "cpu"), *threads = json_object_get(all, "threads");
    const char *name;
    json_t *value;
    table_add(&t, "mica"), table_add(&t, "%s", json_string_value(json_object_get(all, "version")));
    table_add(&t, "cpu"), table_add(&t, "%s", json_string_value(json_object_get(cpu, "model")));
    add_list(&t, "instruction sets", json_object_get(cpu, "instruction_sets"));
    table_add(&t, "own kernels for"),
        table_add(&t, "%s", json_string_value(json_object_get(cpu, "kernels")));
    table_add(&t, "threads");
    table_add(&t, "%d (%s)", (int)json_integer_value(json_object_get(threads, "count")),
              json_string_value(json_object_get(threads, "why")));
    table_add(&t, "memory free"),
        table_add(&t, "%.0f MiB", json_number_value(json_object_get(all, "memory_mib")));
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
    json_t *all = info(ctx);
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
