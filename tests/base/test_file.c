#include "base/file.h"
#include "base/file_abandon.h"

#include "support/folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void expect_content(const char *path, const char *text) {
    size_t size;
    unsigned char *bytes = get_file(path, &size);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
    free(bytes);
}

TEST(file_written_is_read_back) {
    mica_error err = {0};
    file_bytes content;
    const char *path = in_folder("a b \xe4\xb8\xad.bin");
    ASSERT_OK(file_replace(path, "one\0two", 7, &err));
    ASSERT_OK(file_read(path, &content, &err));
    assert_int_equal(content.size, 7);
    assert_memory_equal(content.data, "one\0two", 7);
    free(content.data);
}

TEST(file_read_tells_what_is_wrong_with_the_path) {
    mica_error err = {0};
    file_bytes content;
    ASSERT_FAILS(file_read(in_folder("absent"), &content, &err), MICA_IO,
                 "absent: open: No such file");
    ASSERT_FAILS(file_read(folder_open(), &content, &err), MICA_IO, "a folder, expected a file");
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    ASSERT_FAILS(file_read(in_folder("pipe"), &content, &err), MICA_IO, "not a regular file");
    assert_null(content.data);
}

TEST(file_begin_cancelled_leaves_the_old_content) {
    mica_error err = {0};
    file_writer w;
    const char *path = in_folder("kept");
    put_file(path, "old", 3);
    ASSERT_OK(file_begin(&w, path, &err));
    ASSERT_OK(file_write(&w, "newer", 5, &err));
    expect_content(path, "old");
    file_cancel(&w);
    expect_content(path, "old");
    assert_int_not_equal(access(in_folder("kept.part"), F_OK), 0);
}

TEST(file_begin_names_a_folder_that_is_missing_or_closed) {
    mica_error err = {0};
    file_writer w;
    char path[600];
    snprintf(path, sizeof path, "%s/no/such/file", folder_open());
    ASSERT_FAILS(file_begin(&w, path, &err), MICA_IO,
                 "no/such/file: write: No such file or directory");
    ASSERT_FAILS(file_begin(&w, folder_open(), &err), MICA_IO, "a folder, expected a file");
    put_file(in_folder("plain"), "x", 1);
    snprintf(path, sizeof path, "%s/plain/file", folder_open());
    ASSERT_FAILS(file_begin(&w, path, &err), MICA_IO, "Not a directory");
}

/* As on a full disk: the limit of a file's size ends the write. */
TEST(file_write_beyond_the_room_keeps_the_old_file) {
    mica_error err = {0};
    file_writer w;
    const char *path = in_folder("full");
    char *large = calloc(1, 1 << 20);
    struct rlimit old, small;
    put_file(path, "old", 3);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 1 << 16;
    setrlimit(RLIMIT_FSIZE, &small);
    mica_status begun = file_begin(&w, path, &err), written = file_write(&w, large, 1 << 20, &err);
    file_cancel(&w);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(begun, MICA_OK);
    assert_int_equal(written, MICA_IO);
    assert_non_null(strstr(err.message, "File too large"));
    expect_content(path, "old");
    assert_int_not_equal(access(in_folder("full.part"), F_OK), 0);
    free(large);
}

TEST(file_begin_writes_devices_in_place) {
    mica_error err = {0};
    struct stat s;
    ASSERT_OK(file_replace("/dev/null", "x", 1, &err));
    assert_int_equal(stat("/dev/null", &s), 0);
    assert_true(S_ISCHR(s.st_mode));
    ASSERT_FAILS(file_replace("/dev/full", "x", 1, &err), MICA_IO,
                 "/dev/full: write: No space left");
}

TEST(file_commit_follows_links_and_keeps_the_mode) {
    mica_error err = {0};
    struct stat s;
    put_file(in_folder("target"), "old", 3);
    assert_int_equal(chmod(in_folder("target"), 0640), 0);
    assert_int_equal(symlink("target", in_folder("link")), 0);
    ASSERT_OK(file_replace(in_folder("link"), "new", 3, &err));
    expect_content(in_folder("target"), "new");
    assert_int_equal(lstat(in_folder("link"), &s), 0);
    assert_true(S_ISLNK(s.st_mode));
    assert_int_equal(stat(in_folder("target"), &s), 0);
    assert_int_equal(s.st_mode & 0777, 0640);
}

TEST(file_begin_takes_over_what_a_killed_process_left) {
    mica_error err = {0};
    pid_t child = fork();
    if (child == 0) {
        file_writer w;
        if (file_begin(&w, in_folder("killed"), NULL) == MICA_OK)
            file_write(&w, "half of it", 10, NULL);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    assert_int_equal(access(in_folder("killed.part"), F_OK), 0);
    assert_int_not_equal(access(in_folder("killed"), F_OK), 0);
    ASSERT_OK(file_replace(in_folder("killed"), "new", 3, &err));
    expect_content(in_folder("killed"), "new");
    assert_int_not_equal(access(in_folder("killed.part"), F_OK), 0);
}

TEST(file_begin_of_two_writers_does_not_mix) {
    mica_error err = {0};
    file_writer a, b;
    const char *path = in_folder("both");
    ASSERT_OK(file_begin(&a, path, &err));
    ASSERT_OK(file_begin(&b, path, &err));
    ASSERT_OK(file_write(&a, "aaaa", 4, &err));
    ASSERT_OK(file_write(&b, "bb", 2, &err));
    ASSERT_OK(file_commit(&a, &err));
    expect_content(path, "aaaa");
    ASSERT_OK(file_commit(&b, &err));
    expect_content(path, "bb");
}

TEST(file_begin_accepts_the_longest_name) {
    mica_error err = {0};
    char name[256];
    memset(name, 'n', 255);
    name[255] = 0;
    ASSERT_OK(file_replace(in_folder(name), "x", 1, &err));
    expect_content(in_folder(name), "x");
}

TEST(file_read_at_names_the_place_where_the_file_ends) {
    mica_error err = {0};
    file_reader r;
    char bytes[8];
    put_file(in_folder("ten"), "0123456789", 10);
    ASSERT_OK(file_open(&r, in_folder("ten"), &err));
    assert_int_equal(r.size, 10);
    ASSERT_OK(file_read_at(&r, 3, bytes, 4, &err));
    assert_memory_equal(bytes, "3456", 4);
    ASSERT_FAILS(file_read_at(&r, 6, bytes, 8, &err), MICA_FORMAT,
                 "ends at byte 10, expected 8 bytes from 6 on");
    file_close(&r);
}

TEST(file_read_descriptor_reads_a_pipe_to_its_end) {
    mica_error err = {0};
    file_bytes content;
    int ends[2];
    size_t size = 150000;
    assert_int_equal(pipe(ends), 0);
    if (fork() == 0) {
        char *large = calloc(1, size);
        large[size - 1] = 'z';
        for (size_t done = 0; done < size;)
            done += (size_t)write(ends[1], large + done, size - done);
        _exit(0);
    }
    close(ends[1]);
    ASSERT_OK(file_read_descriptor(ends[0], "-", &content, &err));
    close(ends[0]);
    wait(NULL);
    assert_int_equal(content.size, size);
    assert_int_equal(content.data[size - 1], 'z');
    free(content.data);
}

TEST(folder_list_is_in_the_order_of_bytes) {
    mica_error err = {0};
    arena a = {0};
    char **names;
    size_t count;
    const char *const put[] = {"b", "a", "Z", "\xc3\xa9", "a2", "a10", ".hidden"};
    const char *const sorted[] = {".hidden", "Z", "a", "a10", "a2", "b", "\xc3\xa9"};
    for (size_t i = 0; i < LENGTH(put); i++) {
        char name[64];
        snprintf(name, sizeof name, "list/%s", put[i]);
        put_file(in_folder(name), "", 0);
    }
    ASSERT_OK(folder_list(in_folder("list"), &a, &names, &count, &err));
    assert_int_equal(count, LENGTH(sorted));
    for (size_t i = 0; i < count; i++) assert_string_equal(names[i], sorted[i]);
    ASSERT_FAILS(folder_list(in_folder("none"), &a, &names, &count, &err), MICA_IO,
                 "none: open: No such file");
    arena_free(&a);
}

static bool is_there(const char *name) { return access(in_folder(name), F_OK) == 0; }

TEST(file_abandon_all_removes_what_is_written_aside_and_nothing_else) {
    put_file(in_folder("kept"), "old", 3);
    pid_t child = fork();
    if (!child) {
        mica_error err = {0};
        file_writer before, done, open_one, given_up;
        bool good = file_begin(&before, in_folder("unwatched"), &err) == MICA_OK;
        file_watch();
        good = good && file_begin(&done, in_folder("done"), &err) == MICA_OK &&
               file_commit(&done, &err) == MICA_OK &&
               file_begin(&given_up, in_folder("given_up"), &err) == MICA_OK;
        if (good) file_cancel(&given_up);
        for (int i = 0; i < 200 && good; i++) { /* places are used again */
            good = file_begin(&done, in_folder("done"), &err) == MICA_OK;
            if (good) file_cancel(&done);
        }
        good = good && file_begin(&open_one, in_folder("kept"), &err) == MICA_OK &&
               file_write(&open_one, "new", 3, &err) == MICA_OK && is_there("kept.part");
        good = file_abandon_all(SIGTERM) && good;
        _exit(good ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_false(is_there("kept.part"));
    assert_true(is_there("unwatched.part"));
    assert_true(is_there("done"));
    expect_content(in_folder("kept"), "old");
    unlink(in_folder("unwatched.part"));
}

RUN_TESTS(UNIT(file_written_is_read_back), UNIT(file_read_tells_what_is_wrong_with_the_path),
          UNIT(file_begin_cancelled_leaves_the_old_content),
          UNIT(file_begin_names_a_folder_that_is_missing_or_closed),
          UNIT(file_write_beyond_the_room_keeps_the_old_file),
          UNIT(file_begin_writes_devices_in_place),
          UNIT(file_commit_follows_links_and_keeps_the_mode),
          UNIT(file_begin_takes_over_what_a_killed_process_left),
          UNIT(file_begin_of_two_writers_does_not_mix), UNIT(file_begin_accepts_the_longest_name),
          UNIT(file_read_at_names_the_place_where_the_file_ends),
          UNIT(file_read_descriptor_reads_a_pipe_to_its_end),
          UNIT(folder_list_is_in_the_order_of_bytes),
          UNIT(file_abandon_all_removes_what_is_written_aside_and_nothing_else))
