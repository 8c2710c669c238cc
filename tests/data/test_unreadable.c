/* Samples of class folders that cannot be read: those that are broken themselves are left out and
 * told; where the process or the machine is to blame, it stops at once. */
#include "data/dataset.h"

#include "support/folder.h"
#include "support/in_context.h"

#include "codec/sound.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

/* A file that Linux lets nobody read, root neither. */
#define WRITE_ONLY "/proc/sys/vm/compact_memory"

static bool nobody_reads(const char *path) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) close(descriptor);
    return descriptor < 0 && errno == EACCES;
}

static const struct {
    const char *folder, *ending, *from, *content;
} kinds[] = {{"pictures", "ppm", NULL, "P6 1 1 255\nabc"},
             {"texts", "txt", NULL, "a text"},
             {"sounds", "wav", "tests/recorded/data/sounds/mono.wav", NULL}};

/* Ten whole files of the kind. */
static void put_ten(int kind) {
    for (int i = 0; i < 10; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s/a/%d.%s", kinds[kind].folder, i, kinds[kind].ending);
        if (kinds[kind].from) copy_file(kinds[kind].from, in_folder(name));
        else put_file(in_folder(name), kinds[kind].content, strlen(kinds[kind].content));
    }
}

static const char *path_of(int kind, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "%s/a/%s.%s", kinds[kind].folder, name, kinds[kind].ending);
    return in_folder(path);
}

static mica_dataset *load(int kind) {
    return mica_load_with(ctx, in_folder(kinds[kind].folder), MICA_TRAIN, "{\"max_broken\": 0.9}");
}

static int kinds_here(void) { return sound_supported() ? 3 : 2; }

TEST(files_that_are_no_files_are_broken) {
    for (int k = 0; k < kinds_here(); k++) {
        put_ten(k);
        assert_int_equal(symlink("nowhere", path_of(k, "gone")), 0);
        assert_int_equal(symlink(path_of(k, "round"), path_of(k, "round")), 0);
        assert_int_equal(mkfifo(path_of(k, "pipe"), 0600), 0);
        mica_dataset *d = load(k);
        ASSERT_OK(mica_check(ctx, &err));
        assert_int_equal(mica_dataset_size(d), 10);
        assert_int_equal(mica_dataset_broken(d), 3);
        static const char *const reasons[] = {"No such file", "not a regular file", "Too many lev"};
        for (int i = 0; i < 3; i++)
            if (!strstr(mica_dataset_broken_reason(d, i), reasons[i]))
                fail_msg("%s", mica_dataset_broken_reason(d, i));
        remove(path_of(k, "gone")), remove(path_of(k, "round")), remove(path_of(k, "pipe"));
    }
}

TEST(files_that_may_not_be_read_stop_the_loading) {
    if (!nobody_reads(WRITE_ONLY)) skip();
    for (int k = 0; k < kinds_here(); k++) {
        char expected[128];
        put_ten(k);
        assert_int_equal(symlink(WRITE_ONLY, path_of(k, "secret")), 0);
        snprintf(expected, sizeof expected, "/a/secret.%s: open: Permission", kinds[k].ending);
        load(k);
        ASSERT_FAILS(mica_check(ctx, &err), MICA_IO, expected);
        assert_int_equal(remove(path_of(k, "secret")), 0);
        load(k);
        ASSERT_OK(mica_check(ctx, &err));
    }
}

/* Texts are all read while they are loaded. Of several samples the first is named. */
TEST(a_process_without_descriptors_stops_and_reports_nothing_broken) {
    for (int k = 0; k < kinds_here(); k++) {
        if (!strcmp(kinds[k].folder, "texts")) continue;
        put_ten(k);
        mica_dataset *d = load(k);
        ASSERT_OK(mica_check(ctx, &err));
        const size_t room = (size_t)shape_size(&d->column[0].shape) * 4;
        float *x = malloc(room * sizeof *x);
        struct rlimit whole;
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &whole), 0);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, whole.rlim_max}), 0);
        mica_status status = d->gather(d, 0, (uint32_t[]){4, 5, 6, 7}, 4, MICA_FLOAT32, x, &err);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &whole), 0);
        char expected[128];
        snprintf(expected, sizeof expected, "/a/4.%s: open: Too many open", kinds[k].ending);
        ASSERT_FAILS(status, MICA_IO, expected);
        assert_int_equal(mica_dataset_broken(d), 0);
        ASSERT_OK(d->gather(d, 0, (uint32_t[]){4, 5, 6, 7}, 4, MICA_FLOAT32, x, &err));
        free(x);
    }
}

RUN_TESTS(IN_CONTEXT(files_that_are_no_files_are_broken),
          IN_CONTEXT(files_that_may_not_be_read_stop_the_loading),
          IN_CONTEXT(a_process_without_descriptors_stops_and_reports_nothing_broken))
