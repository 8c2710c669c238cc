/* The machine as mica sees it, and what this build is made of: see machine.h. */
#include "cli/machine.h"

#include "build_config.h"

#include "backend/kernel.h"
#include "base/isa.h"
#include "base/threads.h"

#include <math.h>
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
#ifdef HAVE_LZMA
#include <lzma.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

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
    const char *onednn = NULL, *deflate = NULL, *png = NULL, *jpeg = NULL, *openmp = NULL,
               *lzma = NULL, *zstd = NULL;
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
#ifdef HAVE_LZMA
    lzma = lzma_version_string();
#endif
#ifdef HAVE_ZSTD
    zstd = ZSTD_versionString();
#endif
    json_t *all = json_object();
    add_library(all, "zlib", zlibVersion());
    add_library(all, "jansson", jansson_version_str());
    add_library(all, "onednn", onednn);
    add_library(all, "openmp", openmp);
    add_library(all, "libdeflate", deflate);
    add_library(all, "libpng", png);
    add_library(all, "libjpeg", jpeg);
    add_library(all, "liblzma", lzma);
    add_library(all, "libzstd", zstd);
    return all;
}

/* ---- all of it ---- */

static json_t *backend_list(void) {
    json_t *list = json_array();
    for (const backend *const *b = backends(); *b; b++)
        json_array_append_new(list, json_string((*b)->name));
    return list;
}

/* How many threads, why, and all that was asked: what does not bound them is null. */
static json_t *thread_tree(const mica_context *ctx) {
    cpu_limits c = cpu_limits_here();
    json_t *quota = c.quota_version
                        ? json_pack("{s:f, s:i}", "cpus", c.quota, "cgroup", c.quota_version)
                        : json_null();
    return json_pack("{s:i, s:s, s:i, s:i, s:o, s:s?}", "count", mica_threads(ctx), "why",
                     mica_threads_reason(ctx), "affinity", c.affinity, "cores", c.cores, "quota",
                     quota, "MICA_NUM_THREADS", c.wanted);
}

static json_t *mib(int64_t bytes) {
    return bytes == INT64_MAX ? json_null() : json_real((double)bytes / 1048576);
}

static json_t *memory_tree(void) {
    const char *reason;
    memory_limits m = memory_limits_here();
    int64_t least = memory_least(&m, &reason);
    json_t *group = m.group_version ? json_pack("{s:o, s:o, s:i}", "limit_mib", mib(m.limit),
                                                "left_mib", mib(m.group), "cgroup", m.group_version)
                                    : json_null();
    return json_pack("{s:o, s:s, s:o, s:o}", "available_mib", mib(least), "why", reason,
                     "machine_mib", mib(m.machine), "limit", group);
}

json_t *machine_json(const mica_context *ctx) {
    char model[256] = "unknown";
    cpu_line((const char *const[]){"model name", "Model", NULL}, model, sizeof model);
    json_t *cpu = json_pack("{s:s, s:o, s:s}", "model", model, "instruction_sets",
                            instruction_sets(), "kernels", isa_name(isa_best()));
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "version", MICA_VERSION, "cpu", cpu,
                     "threads", thread_tree(ctx), "memory", memory_tree(), "backends",
                     backend_list(), "libraries", libraries());
}

double peak_mib(void) {
    int64_t bytes = memory_peak();
    return bytes < 0 ? 0 : (double)bytes / 1048576;
}
