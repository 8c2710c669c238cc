/* Archives of pictures: as the folder that they unpack to, and hostile ones refused. They are
 * written here by libarchive itself. */
#include "build_config.h"
#include "codec/archive.h"
#include "data/dataset.h"

#include "support/folder.h"
#include "support/in_context.h"

#ifdef HAVE_LIBARCHIVE

#include "codec/image.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <locale.h>

#define PICTURES "tests/recorded/data/images/"

/* ---- writing archives ---- */

typedef struct kind {
    const char *name, *options;
    int (*format)(struct archive *);
    int (*filter)(struct archive *);
} kind;

static const kind kinds[] = {
    {"p.tar", NULL, archive_write_set_format_ustar, archive_write_add_filter_none},
    {"pax.tar", NULL, archive_write_set_format_pax, archive_write_add_filter_none},
    {"gnu.tar.gz", NULL, archive_write_set_format_gnutar, archive_write_add_filter_gzip},
    {"p.tar.xz", NULL, archive_write_set_format_ustar, archive_write_add_filter_xz},
    {"p.tar.bz2", NULL, archive_write_set_format_ustar, archive_write_add_filter_bzip2},
    {"p.tar.zst", NULL, archive_write_set_format_ustar, archive_write_add_filter_zstd},
    {"stored.zip", "zip:compression=store", archive_write_set_format_zip, NULL},
    {"deflated.zip", "zip:compression=deflate", archive_write_set_format_zip, NULL},
};

static struct archive *begin(const char *path, const kind *k) {
    struct archive *a = archive_write_new();
    assert_int_equal(k->format(a), ARCHIVE_OK);
    if (k->filter && k->filter(a) != ARCHIVE_OK) fail_msg("%s: no such filter", k->name);
    if (k->options) assert_int_equal(archive_write_set_options(a, k->options), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    return a;
}

/* Names are UTF-8 for the writer; the reader gets along without the program's locale. */
static void write_header(struct archive *a, struct archive_entry *e) {
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = uselocale(utf8);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    uselocale(before);
    freelocale(utf8);
}

static void end(struct archive *a) {
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

static void put(struct archive *a, const char *name, unsigned type, const char *link,
                const void *bytes, size_t size) {
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, type);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (int64_t)size);
    if (link && type == AE_IFLNK) archive_entry_set_symlink(e, link);
    else if (link) archive_entry_set_hardlink(e, link);
    write_header(a, e);
    if (size) assert_int_equal(archive_write_data(a, bytes, size), (la_ssize_t)size);
    archive_entry_free(e);
}

static void put_picture(struct archive *a, const char *name, const char *picture) {
    char path[256];
    size_t size;
    snprintf(path, sizeof path, PICTURES "%s", picture);
    unsigned char *bytes = get_file(path, &size);
    put(a, name, AE_IFREG, NULL, bytes, size);
    free(bytes);
}

/* What the folder `unpacked` and all archives hold; names out of order, as archives have them. */
static const char *const pictures[][2] = {
    {"zebra/2.bmp", "rgb.bmp"}, {"ant/deep/1.ppm", "rgb.ppm"},
    {"ant/9.pgm", "gray.pgm"},  {"ant/deep-er/3.bmp", "rgb.bmp"},
    {"bee/1.ppm", "rgb.ppm"},   {"zebra/10.bmp", "palette.bmp"},
    {"ant/8.ppm", "rgb.ppm"},   {"äffe/1.bmp", "rgb.bmp"}};

static void put_unpacked(const char *folder) {
    char from[256], to[256];
    for (size_t i = 0; i < LENGTH(pictures); i++) {
        snprintf(from, sizeof from, PICTURES "%s", pictures[i][1]);
        snprintf(to, sizeof to, "%s/%s", folder, pictures[i][0]);
        copy_file(from, in_folder(to));
    }
    snprintf(to, sizeof to, "%s/empty/x", folder);
    in_folder(to);
    snprintf(to, sizeof to, "%s/ant/readme.txt", folder);
    put_file(in_folder(to), "no picture", 10);
}

static void put_archive(const char *path, const kind *k, const char *before) {
    char name[256];
    struct archive *a = begin(path, k);
    for (size_t i = 0; i < LENGTH(pictures); i++) {
        snprintf(name, sizeof name, "%s%s", before, pictures[i][0]);
        put_picture(a, name, pictures[i][1]);
    }
    snprintf(name, sizeof name, "%sempty/", before);
    put(a, name, AE_IFDIR, NULL, NULL, 0);
    snprintf(name, sizeof name, "%sant/readme.txt", before);
    put(a, name, AE_IFREG, NULL, "no picture", 10);
    end(a);
}

/* ---- as the folder ---- */

static mica_dataset *load(const char *path, mica_part part, const char *json) {
    mica_dataset *d = mica_load_with(ctx, path, part, json);
    if (mica_check(ctx, &err) != MICA_OK) fail_msg("%s: %s", path, err.message);
    return d;
}

static void expect_same(mica_dataset *a, mica_dataset *b, const char *name) {
    char one[65], two[65];
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->columns, b->columns);
    assert_int_equal(a->classes, b->classes);
    for (int i = 0; i < a->classes; i++) assert_string_equal(a->class_names[i], b->class_names[i]);
    for (uint32_t i = 0; i < a->rows; i++)
        for (int c = 0; c < a->columns; c++) {
            float x[2048] = {0}, y[2048] = {0};
            ASSERT_OK(a->gather(a, c, &i, 1, MICA_FLOAT32, x, &err));
            ASSERT_OK(b->gather(b, c, &i, 1, MICA_FLOAT32, y, &err));
            if (memcmp(x, y, sizeof x)) fail_msg("%s: row %u differs", name, i);
        }
    ASSERT_OK(mica_dataset_fingerprint(a, one, &err));
    ASSERT_OK(mica_dataset_fingerprint(b, two, &err));
    assert_string_equal(one, two);
}

TEST(archive_is_read_as_the_folder_that_it_unpacks_to) {
    static const char *const options[] = {
        "{\"image_size\": [21, 30]}",
        "{\"image_size\": 9, \"color_mode\": \"grayscale\", \"interpolation\": \"area\"}",
        "{\"image_size\": 9, \"label_mode\": \"categorical\", \"crop_to_aspect_ratio\": true}",
        "{\"image_size\": 8, \"validation_split\": 0.4, \"subset\": \"validation\", \"seed\": 7}",
        "{\"image_size\": 8, \"validation_split\": 0.4}",
        "{\"image_size\": 8, \"class_names\": [\"zebra\", \"bee\"], \"label_mode\": \"binary\"}",
        "{\"image_size\": 8, \"labels\": [4, 4, 3, 2, 1, 0, 0, 2]}",
    };
    put_unpacked("unpacked");
    for (size_t k = 0; k < LENGTH(kinds); k++) {
        const char *path = in_folder(kinds[k].name);
        put_archive(path, &kinds[k], k % 2 ? "./" : k % 3 ? "" : "top/in/");
        for (size_t o = 0; o < LENGTH(options); o++)
            for (int part = MICA_TRAIN; part <= MICA_TEST; part++) {
                mica_dataset *a = load(in_folder("unpacked"), (mica_part)part, options[o]),
                             *b = load(path, (mica_part)part, options[o]);
                expect_same(a, b, kinds[k].name);
                mica_dataset_destroy(&a);
                mica_dataset_destroy(&b);
            }
    }
}

TEST(archive_names_in_gb18030_are_read) {
    static const char gb[] =
        "\xc3\xa8\xb9\xb7"; /* as Windows writes them, without a word about it */
    size_t size;
    struct archive *a = begin(in_folder("gb.zip"), &kinds[6]);
    put_picture(a, "XXXX/1.bmp", "rgb.bmp");
    put_picture(a, "YY/1.bmp", "rgb.bmp");
    end(a);
    unsigned char *bytes = get_file(in_folder("gb.zip"), &size);
    for (size_t i = 0; i + 4 < size; i++)
        if (!memcmp(bytes + i, "XXXX", 4)) memcpy(bytes + i, gb, 4);
    put_file(in_folder("gb.zip"), bytes, size);
    free(bytes);
    mica_dataset *d = load(in_folder("gb.zip"), MICA_TRAIN, NULL);
    assert_int_equal(d->rows, 2);
    assert_string_equal(d->class_names[1], "猫狗");
}

TEST(archive_with_train_and_test_gives_the_part) {
    struct archive *a = begin(in_folder("parts.zip"), &kinds[7]);
    put_picture(a, "pets/train/a/1.bmp", "rgb.bmp");
    put_picture(a, "pets/train/b/1.bmp", "rgb.bmp");
    put_picture(a, "pets/test/b/1.bmp", "rgb.bmp");
    put(a, "pets/LICENSE", AE_IFREG, NULL, "free", 4);
    end(a);
    assert_int_equal(load(in_folder("parts.zip"), MICA_TRAIN, NULL)->rows, 2);
    assert_int_equal(load(in_folder("parts.zip"), MICA_TEST, NULL)->rows, 1);
}

TEST(archive_of_many_workers_gives_what_one_gives) {
    const char *json = "{\"image_size\": 16}";
    mica_context *one = mica_open(MICA_OPTIONS(context, .threads = 1)),
                 *eight = mica_open(MICA_OPTIONS(context, .threads = 8));
    put_archive(in_folder("w.tar.gz"), &kinds[2], "");
    mica_dataset *a = mica_load_with(one, in_folder("w.tar.gz"), MICA_TRAIN, json),
                 *b = mica_load_with(eight, in_folder("w.tar.gz"), MICA_TRAIN, json);
    ASSERT_OK(mica_check(one, &err));
    ASSERT_OK(mica_check(eight, &err));
    expect_same(a, b, "w.tar.gz");
    mica_close(&one);
    mica_close(&eight);
}

/* ---- broken members ---- */

static void expect_broken(const mica_dataset *d, int64_t i, const char *path, const char *reason) {
    if (!mica_dataset_broken_path(d, i)) fail_msg("broken file %d is not told", (int)i);
    if (!strstr(mica_dataset_broken_path(d, i), path) ||
        !strstr(mica_dataset_broken_reason(d, i), reason))
        fail_msg("%s: %s, expected %s: %s", mica_dataset_broken_path(d, i),
                 mica_dataset_broken_reason(d, i), path, reason);
}

TEST(archive_links_are_files_or_told) {
    struct archive *a = begin(in_folder("links.tar"), &kinds[0]);
    put_picture(a, "a/1.bmp", "rgb.bmp");
    put(a, "b/same.bmp", AE_IFREG, "./a/1.bmp", NULL, 0);
    put(a, "b/gone.bmp", AE_IFREG, "a/2.bmp", NULL, 0);
    put(a, "b/soft.bmp", AE_IFLNK, "../../../etc/passwd", NULL, 0);
    put(a, "soft", AE_IFLNK, "/etc", NULL, 0);
    end(a);
    mica_dataset *d = load(in_folder("links.tar"), MICA_TRAIN, "{\"max_broken\": 0.5}");
    float x[2][2048];
    assert_int_equal(d->rows, 2);
    assert_int_equal(d->classes, 2);
    mica_dataset_destroy(&d);
    d = load(in_folder("links.tar"), MICA_TRAIN, "{\"max_broken\": 0.5, \"image_size\": 16}");
    ASSERT_OK(d->gather(d, 0, (uint32_t[]){0, 1}, 2, MICA_FLOAT32, x, &err));
    assert_int_equal(mica_dataset_broken(d), 2);
    expect_broken(d, 0, "links.tar/b/gone.bmp", "a hard link to 'a/2.bmp'");
    expect_broken(d, 1, "links.tar/b/soft.bmp", "a symbolic link");
}

TEST(archive_takes_the_later_of_two_members) {
    struct archive *a = begin(in_folder("twice.tar"), &kinds[0]);
    put(a, "a/1.bmp", AE_IFREG, NULL, "old", 3);
    put_picture(a, "a/1.bmp", "rgb.bmp");
    put_picture(a, "b/1.bmp", "rgb.bmp");
    end(a);
    mica_dataset *d = load(in_folder("twice.tar"), MICA_TRAIN, NULL);
    assert_int_equal(d->rows, 2);
    assert_int_equal(mica_dataset_broken(d), 0);
}

TEST(archive_reports_members_that_are_damaged_and_reads_the_others) {
    size_t size;
    const char *path = in_folder("damaged.zip");
    for (int deflated = 0; deflated < 2; deflated++) {
        put_archive(path, &kinds[6 + deflated], "");
        unsigned char *bytes = get_file(path, &size);
        memset(bytes + 60, 0xff, 100); /* in the first member, zebra/2.bmp */
        put_file(path, bytes, size);
        free(bytes);
        mica_dataset *d = load(path, MICA_TRAIN, "{\"max_broken\": 0.2}");
        assert_int_equal(d->rows, LENGTH(pictures) - 1);
        expect_broken(d, 0, "damaged.zip/zebra/2.bmp", "ZIP");
        mica_dataset_destroy(&d);
    }
}

TEST(archive_reports_encrypted_members) {
    struct archive *a = archive_write_new();
    archive_write_set_format_zip(a);
    archive_write_set_passphrase(a, "secret");
    assert_int_equal(archive_write_set_options(a, "zip:encryption=aes256"), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, in_folder("closed.zip")), ARCHIVE_OK);
    put_picture(a, "a/1.bmp", "rgb.bmp");
    end(a);
    mica_load_with(ctx, in_folder("closed.zip"), MICA_TRAIN, NULL);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_FORMAT, "closed.zip/a/1.bmp: it is encrypted");
}

/* ---- broken archives ---- */

static void expect_refused(const char *path, mica_status code, const char *text) {
    mica_load_with(ctx, path, MICA_TRAIN, NULL);
    ASSERT_FAILS(mica_check(ctx, &err), code, text);
}

TEST(archive_names_do_not_lead_out) {
    for (int i = 0; i < 2; i++) {
        struct archive *a = begin(in_folder("out.tar"), &kinds[0]);
        put_picture(a, "a/1.bmp", "rgb.bmp");
        put_picture(a, i ? "../b/1.bmp" : "b/../../c/1.bmp", "rgb.bmp");
        end(a);
        expect_refused(in_folder("out.tar"), MICA_FORMAT, "leads out of the archive");
    }
    struct archive *a = begin(in_folder("root.tar"), &kinds[0]);
    put_picture(a, "/a/1.bmp", "rgb.bmp");
    put_picture(a, "//b/./1.bmp", "rgb.bmp");
    end(a);
    assert_int_equal(load(in_folder("root.tar"), MICA_TRAIN, NULL)->classes, 2);
}

TEST(archive_cut_short_is_refused) {
    for (size_t k = 0; k < LENGTH(kinds); k++) {
        size_t size;
        const char *path = in_folder(kinds[k].name);
        put_archive(path, &kinds[k], "");
        unsigned char *bytes = get_file(path, &size);
        for (size_t part = 1; part < 4; part++) {
            put_file(path, bytes, size * part / 4 + 3);
            mica_load_with(ctx, path, MICA_TRAIN, "{\"max_broken\": 0.5}");
            if (mica_check(ctx, &err) == MICA_OK) fail_msg("%s cut short is read", kinds[k].name);
            assert_non_null(strstr(err.message, kinds[k].name));
        }
        free(bytes);
    }
    put_file(in_folder("empty.zip"), "", 0);
    expect_refused(in_folder("empty.zip"), MICA_FORMAT, "empty.zip");
    put_file(in_folder("text.tar"), "no archive at all", 17);
    expect_refused(in_folder("text.tar"), MICA_FORMAT, "text.tar");
}

static member_choice any(void *arg, const char *path) { return MEMBER_KEEP; }

TEST(archive_members_that_are_not_packed_stay_where_they_lie) {
    for (size_t k = 0; k < LENGTH(kinds); k++) {
        const char *path = in_folder(kinds[k].name);
        bool packed = strcmp(kinds[k].name, "stored.zip") &&
                      strcmp(kinds[k].name + strlen(kinds[k].name) - 4, ".tar");
        archive_members m;
        put_archive(path, &kinds[k], "");
        ASSERT_OK(members_open(&m, path, any, NULL, &err));
        assert_int_equal(m.count, LENGTH(pictures) + 2);
        for (size_t i = 0; i < m.count; i++)
            if (m.member[i].kept && m.member[i].spooled != packed)
                fail_msg("%s: %s is not where it should be", kinds[k].name, m.member[i].path);
        members_close(&m);
    }
}

TEST(archive_of_names_without_bytes_is_a_bomb) {
    const kind k = {"names.tar.zst", NULL, archive_write_set_format_gnutar,
                    archive_write_add_filter_zstd};
    struct archive *a = begin(in_folder(k.name), &k);
    char name[1000];
    for (int i = 0; i < 24000; i++) {
        snprintf(name, sizeof name, "a/%0900d", i);
        put(a, name, AE_IFDIR, NULL, NULL, 0);
    }
    end(a);
    expect_refused(in_folder(k.name), MICA_FORMAT, "a bomb");
}

/* A picture whose header says so many MiB, all of them zeros. */
static void put_zeros(const char *path, const kind *k, const char *name, int mebibytes) {
    static char zeros[1 << 20];
    struct archive *a = begin(path, k);
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_size(e, (int64_t)mebibytes << 20);
    write_header(a, e);
    for (int i = 0; i < mebibytes; i++)
        assert_int_equal(archive_write_data(a, zeros, sizeof zeros), sizeof zeros);
    archive_entry_free(e);
    end(a);
}

TEST(archive_that_is_a_bomb_is_refused) {
    put_zeros(in_folder("large.tar.zst"), &kinds[5], "a/1.bmp", 1030);
    expect_refused(in_folder("large.tar.zst"), MICA_FORMAT, "a/1.bmp: more than 1 GiB");
    put_zeros(in_folder("bomb.tar.zst"), &kinds[5], "a/readme", 1500);
    expect_refused(in_folder("bomb.tar.zst"), MICA_FORMAT, "a bomb");
}

TEST(archive_leaves_no_file_and_no_descriptor_behind) {
    struct stat facts;
    int before = open("/dev/null", O_RDONLY), after;
    close(before);
    put_archive(in_folder("tidy.tar.gz"), &kinds[2], "");
    mica_dataset *d = load(in_folder("tidy.tar.gz"), MICA_TRAIN, NULL);
    mica_dataset_destroy(&d);
    put_file(in_folder("text.tar"), "no archive at all", 17);
    expect_refused(in_folder("text.tar"), MICA_FORMAT, "");
    after = open("/dev/null", O_RDONLY);
    assert_int_equal(after, before);
    close(after);
    assert_int_equal(stat(in_folder("tidy.tar.gz"), &facts), 0);
}

RUN_TESTS(IN_CONTEXT(archive_is_read_as_the_folder_that_it_unpacks_to),
          IN_CONTEXT(archive_names_in_gb18030_are_read),
          IN_CONTEXT(archive_with_train_and_test_gives_the_part),
          IN_CONTEXT(archive_of_many_workers_gives_what_one_gives),
          IN_CONTEXT(archive_links_are_files_or_told),
          IN_CONTEXT(archive_takes_the_later_of_two_members),
          IN_CONTEXT(archive_reports_members_that_are_damaged_and_reads_the_others),
          IN_CONTEXT(archive_reports_encrypted_members), IN_CONTEXT(archive_names_do_not_lead_out),
          IN_CONTEXT(archive_cut_short_is_refused), IN_CONTEXT(archive_that_is_a_bomb_is_refused),
          IN_CONTEXT(archive_members_that_are_not_packed_stay_where_they_lie),
          IN_CONTEXT(archive_of_names_without_bytes_is_a_bomb),
          IN_CONTEXT(archive_leaves_no_file_and_no_descriptor_behind))

#else

TEST(archive_without_libarchive_is_refused_and_says_so) {
    put_file(in_folder("p.zip"), "PK", 2);
    mica_load(ctx, in_folder("p.zip"), MICA_TRAIN);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_UNSUPPORTED, "built without libarchive");
}

RUN_TESTS(IN_CONTEXT(archive_without_libarchive_is_refused_and_says_so))

#endif
