/* Audit logs: what is changed, cut, moved or left out is found, and named. */
#include "support/testing.h"

#include "base/file.h"
#include "base/sha256.h"
#include "monitor/audit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char folder[64];
static mica_error err;
static audit_report report;
static const audit_key no_key, key = {"0123456789abcdef", 16};

static void make_folder(void) {
    snprintf(folder, sizeof folder, "/tmp/mica-audit-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static char *segment(int number) {
    static char path[4][128];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/audit-%08d.jsonl", folder, number);
    return path[turn];
}

static void remove_folder(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

static audit_log *open_log(audit_options o) {
    audit_log *l;
    o.folder = folder;
    ASSERT_OK(audit_open(&o, &l, &err));
    return l;
}

/* `count` records, each written by itself; segments of `bytes`. */
static void fill(int count, audit_options o) {
    make_folder();
    audit_log *l = open_log(o);
    for (int i = 0; i < count; i++) {
        char request[16];
        snprintf(request, sizeof request, "r%d", i);
        assert_true(audit_add(l, &(audit_event){.who = "shop",
                                                .action = "predict",
                                                .model = "churn",
                                                .outcome = "ok",
                                                .request = request}));
        ASSERT_OK(audit_write(l, &err));
    }
    audit_close(l);
}

static char *contents(const char *path, size_t *size) {
    file_bytes file;
    ASSERT_OK(file_read(path, &file, &err));
    char *text = calloc(file.size + 1, 1);
    memcpy(text, file.data, file.size);
    *size = file.size;
    free(file.data);
    return text;
}

static void put_contents(const char *path, const char *bytes, size_t size) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    fclose(f);
}

static char *line_at(char *text, int number) { /* from 1 */
    while (--number) text = strchr(text, '\n') + 1;
    return text;
}

#define WHOLE() ASSERT_OK(audit_verify(folder, &no_key, NULL, &report, &err))
#define BROKEN(text)                                                                               \
    ASSERT_FAILS(audit_verify(folder, &no_key, NULL, &report, &err), MICA_FORMAT, text)

TEST(a_log_is_one_chain_of_records) {
    struct stat s;
    fill(5, (audit_options){0});
    WHOLE();
    assert_int_equal(report.records, 6); /* with that of the segment */
    assert_int_equal(report.last.seq, 6);
    assert_int_equal(report.segments, 1);
    assert_int_equal(stat(segment(1), &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    remove_folder();
}

/* By the words of the docs alone: SHA-256 of what stands before ,"hash":. */
TEST(hashes_are_of_the_documented_bytes) {
    size_t size;
    char hash[65];
    fill(1, (audit_options){0});
    char *text = contents(segment(1), &size);
    assert_non_null(strstr(text, "{\"seq\":1,\"prev\":\"000000000000000000000000000000000000000000"
                                 "0000000000000000000000\",\"time\":\"2"));
    char *second = line_at(text, 2), *end = strstr(second, ",\"hash\":\"");
    sha256 h;
    sha256_begin(&h);
    sha256_add(&h, second, (size_t)(end - second));
    sha256_end_hex(&h, hash);
    assert_memory_equal(end + 9, hash, 64);
    /* the first line ends with its hash, "}, and a line end */
    assert_memory_equal(strstr(second, "\"prev\":\"") + 8, second - 67, 64);
    free(text);
    remove_folder();
}

TEST(a_changed_byte_is_found_in_its_line) {
    size_t size;
    fill(5, (audit_options){0});
    char *text = contents(segment(1), &size);
    strstr(line_at(text, 4), "shop")[0] = 'S';
    put_contents(segment(1), text, size);
    BROKEN("audit-00000001.jsonl: line 4: hash ");
    assert_non_null(strstr(err.message, "the record was changed"));
    free(text);
    remove_folder();
}

TEST(every_single_changed_byte_is_found) {
    size_t size;
    fill(2, (audit_options){0});
    char *text = contents(segment(1), &size);
    for (size_t i = 0; i < size; i++) {
        text[i] ^= 1;
        put_contents(segment(1), text, size);
        assert_int_not_equal(audit_verify(folder, &no_key, NULL, &report, &err), MICA_OK);
        text[i] ^= 1;
    }
    free(text);
    remove_folder();
}

TEST(a_deleted_line_is_found_where_it_was) {
    size_t size;
    fill(5, (audit_options){0});
    char *text = contents(segment(1), &size), *third = line_at(text, 3), *fourth = line_at(text, 4);
    const size_t gone = (size_t)(fourth - third);
    memmove(third, fourth, size - (size_t)(fourth - text));
    put_contents(segment(1), text, size - gone);
    BROKEN("line 3: sequence 4, expected 3");
    free(text);
    remove_folder();
}

TEST(swapped_lines_are_found) {
    size_t size;
    fill(5, (audit_options){0});
    char *text = contents(segment(1), &size), *at = line_at(text, 3), *next = line_at(text, 4),
         *end = line_at(text, 5), *other = malloc(size);
    const size_t first = (size_t)(next - at), second = (size_t)(end - next);
    memcpy(other, text, size);
    memcpy(other + (at - text), next, second);
    memcpy(other + (at - text) + second, at, first);
    put_contents(segment(1), other, size);
    BROKEN("line 3: sequence 4, expected 3");
    free(text), free(other);
    remove_folder();
}

/* A record that is made anew, hash and all, does not fit the next one. */
TEST(a_record_with_a_hash_of_its_own_breaks_the_link) {
    size_t size;
    char hash[65];
    fill(5, (audit_options){0});
    char *text = contents(segment(1), &size), *at = line_at(text, 3),
         *end = strstr(at, ",\"hash\":\"");
    strstr(at, "shop")[0] = 'S';
    sha256 h;
    sha256_begin(&h);
    sha256_add(&h, at, (size_t)(end - at));
    sha256_end_hex(&h, hash);
    memcpy(end + 9, hash, 64);
    put_contents(segment(1), text, size);
    BROKEN("line 4: previous hash ");
    free(text);
    remove_folder();
}

TEST(segments_go_on_with_the_chain) {
    fill(30, (audit_options){.segment_bytes = 2000});
    WHOLE();
    assert_true(report.segments > 3);
    assert_int_equal(report.records, 30 + report.segments);
    ASSERT_OK(audit_verify(segment(2), &no_key, NULL, &report, &err)); /* alone, too */
    remove_folder();
}

TEST(a_truncated_segment_is_found) {
    size_t size;
    fill(30, (audit_options){.segment_bytes = 2000});
    char *text = contents(segment(2), &size);
    put_contents(segment(2), text, (size_t)(line_at(text, 4) - text));
    BROKEN("audit-00000003.jsonl: line 1: sequence ");
    put_contents(segment(2), text, (size_t)(line_at(text, 4) - text) - 10);
    BROKEN("audit-00000002.jsonl: the last line is torn");
    free(text);
    remove_folder();
}

TEST(a_removed_middle_segment_is_named) {
    fill(30, (audit_options){.segment_bytes = 2000});
    assert_int_equal(unlink(segment(2)), 0);
    BROKEN("audit-00000003.jsonl (segment 2 is not there): line 1: sequence ");
    remove_folder();
}

TEST(a_removed_first_segment_is_found) {
    fill(30, (audit_options){.segment_bytes = 2000});
    assert_int_equal(unlink(segment(1)), 0);
    BROKEN("audit-00000002.jsonl: the chain begins with sequence ");
    remove_folder();
}

TEST(a_segment_under_another_name_is_found) {
    fill(30, (audit_options){.segment_bytes = 2000});
    assert_int_equal(rename(segment(1), segment(9)), 0);
    BROKEN("audit-00000009.jsonl");
    remove_folder();
}

TEST(segments_expire_and_the_chain_says_where_it_begins) {
    fill(60, (audit_options){.segment_bytes = 2000, .keep_segments = 3});
    WHOLE();
    assert_int_equal(report.segments, 3);
    assert_true(report.first.seq > 20);
    assert_int_equal(access(segment(1), F_OK), -1);
    int first = 1;
    while (access(segment(first), F_OK)) first++;
    assert_int_equal(unlink(segment(first)), 0); /* one more than was told */
    BROKEN("the chain begins with sequence ");
    remove_folder();
}

TEST(old_segments_expire_by_age) {
    fill(30, (audit_options){.segment_bytes = 2000});
    char command[128];
    snprintf(command, sizeof command, "touch -d '3 days ago' %s %s", segment(1), segment(2));
    assert_int_equal(system(command), 0);
    audit_close(open_log((audit_options){.keep_seconds = 86400}));
    assert_int_equal(access(segment(1), F_OK) | access(segment(2), F_OK), -1);
    assert_int_equal(access(segment(3), F_OK), 0);
    WHOLE();
    remove_folder();
}

TEST(a_torn_last_line_becomes_part_of_a_record_and_the_chain_goes_on) {
    size_t size;
    fill(5, (audit_options){0});
    char *text = contents(segment(1), &size);
    put_contents(segment(1), text, size - 40);
    BROKEN("the last line is torn");
    free(text);
    audit_log *l = open_log((audit_options){0});
    audit_add(l, &(audit_event){.action = "start"});
    audit_close(l);
    WHOLE();
    assert_int_equal(report.records, 7); /* one is gone, "repair" and "start" came */
    text = contents(segment(1), &size);
    assert_non_null(
        strstr(text, "\"action\":\"repair\",\"outcome\":\"ok\",\"detail\":{\"bytes\":"));
    assert_non_null(strstr(text, "\"torn\":\"7b22736571223a")); /* {"seq": */
    free(text);
    remove_folder();
}

TEST(a_segment_that_was_only_begun_is_used) {
    size_t size;
    fill(5, (audit_options){0});
    put_contents(segment(2), "", 0);
    audit_close(open_log((audit_options){0}));
    WHOLE();
    assert_int_equal(report.segments, 2);
    char *text = contents(segment(2), &size);
    put_contents(segment(2), text, size - 30); /* torn in its only line */
    free(text);
    audit_close(open_log((audit_options){0}));
    WHOLE();
    remove_folder();
}

/* It stays as it is, the log goes on where it was, and in the next one when the file is gone. */
TEST(a_file_in_the_place_of_the_next_segment_is_refused) {
    static const char others[] = "the only copy of somebody's work\n";
    make_folder();
    audit_log *l = open_log((audit_options){.segment_bytes = 2000});
    put_contents(segment(2), others, sizeof others - 1);
    int refused = 0;
    for (int i = 0; i < 30; i++) {
        assert_true(audit_add(l, &(audit_event){.who = "shop", .action = "predict"}));
        if (audit_write(l, &err) == MICA_OK) continue;
        refused++;
        assert_non_null(strstr(err.message, "audit-00000002.jsonl: is there already"));
        assert_int_equal(audit_pending(l), 0);
    }
    assert_true(refused > 10);
    size_t size;
    char *now = contents(segment(2), &size);
    assert_int_equal(size, sizeof others - 1);
    assert_memory_equal(now, others, size);
    free(now);
    ASSERT_OK(audit_verify(segment(1), &no_key, NULL, &report, &err));
    assert_int_equal(report.records, 31);
    assert_int_equal(unlink(segment(2)), 0);
    ASSERT_OK(audit_write(l, &err));
    audit_close(l);
    WHOLE();
    assert_int_equal(report.segments, 2);
    assert_int_equal(report.records, 32);
    remove_folder();
}

TEST(with_a_key_nobody_can_write_the_chain_anew) {
    fill(3, (audit_options){.key = key});
    ASSERT_OK(audit_verify(folder, &key, NULL, &report, &err));
    BROKEN("or made with a key (--key)");
    ASSERT_FAILS(audit_verify(folder, &(audit_key){"another key of 16", 16}, NULL, &report, &err),
                 MICA_FORMAT, "line 1: hash ");
    audit_log *l;
    ASSERT_FAILS(audit_open(&(audit_options){.folder = folder}, &l, &err), MICA_FORMAT,
                 "not the key that it was made with");
    remove_folder();
}

TEST(a_head_finds_what_was_cut_off_at_the_end) {
    size_t size;
    fill(5, (audit_options){0});
    ASSERT_OK(audit_find_head(folder, &no_key, &report, &err));
    const audit_head head = report.last;
    assert_int_equal(head.seq, 6);
    ASSERT_OK(audit_verify(folder, &no_key, &head, &report, &err));
    char *text = contents(segment(1), &size);
    put_contents(segment(1), text, (size_t)(line_at(text, 6) - text));
    WHOLE(); /* by itself it looks whole */
    ASSERT_FAILS(audit_verify(folder, &no_key, &head, &report, &err), MICA_FORMAT,
                 "the last sequence is 5, expected at least the head's 6");
    free(text);
    audit_log *l = open_log((audit_options){0}); /* and written on */
    audit_add(l, &(audit_event){.action = "start"});
    audit_close(l);
    ASSERT_FAILS(audit_verify(folder, &no_key, &head, &report, &err), MICA_FORMAT,
                 "as the head says");
    remove_folder();
}

TEST(a_second_writer_is_refused) {
    audit_log *other;
    make_folder();
    audit_log *l = open_log((audit_options){0});
    ASSERT_FAILS(audit_open(&(audit_options){.folder = folder}, &other, &err), MICA_BUSY,
                 "another process writes this audit log");
    audit_close(l);
    remove_folder();
}

/* Nothing is lost of what the disk did not take, and the file ends with a whole line meanwhile. */
TEST(a_full_disk_keeps_records_until_there_is_room) {
    struct rlimit old, limit;
    signal(SIGXFSZ, SIG_IGN);
    make_folder();
    audit_log *l = open_log((audit_options){0});
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = (struct rlimit){1500, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    mica_status status = MICA_OK;
    for (int i = 0; i < 20; i++) {
        assert_true(audit_add(l, &(audit_event){.action = "predict", .who = "shop"}));
        status = audit_write(l, &err);
    }
    assert_int_equal(status, MICA_IO);
    assert_non_null(strstr(err.message, "audit-00000001.jsonl"));
    assert_true(audit_pending(l) > 0);
    ASSERT_OK(audit_verify(segment(1), &no_key, NULL, &report, &err));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    ASSERT_OK(audit_write(l, &err));
    audit_close(l);
    WHOLE();
    assert_int_equal(report.records, 21);
    remove_folder();
}

/* The age is that of its first record: one that is opened anew each day is not always new. */
TEST(a_segment_does_not_become_younger_by_a_restart) {
    make_folder();
    audit_close(open_log((audit_options){0}));
    assert_int_equal(access(segment(2), F_OK), -1);
    sleep(2);
    audit_close(open_log((audit_options){.segment_seconds = 1}));
    assert_int_equal(access(segment(2), F_OK), 0);
    WHOLE();
    remove_folder();
}

/* Opening changes nothing of a file that ends with a whole line: its age is when it was written. */
TEST(a_file_that_restarts_alone_open_expires) {
    char command[128];
    make_folder();
    audit_close(open_log((audit_options){0}));
    snprintf(command, sizeof command, "touch -d '3 days ago' %s", segment(1));
    assert_int_equal(system(command), 0);
    audit_close(open_log((audit_options){0}));
    sleep(2);
    audit_close(open_log((audit_options){.segment_seconds = 1, .keep_seconds = 86400}));
    assert_int_equal(access(segment(1), F_OK), -1);
    assert_int_equal(access(segment(2), F_OK), 0);
    WHOLE();
    remove_folder();
}

TEST(a_first_record_without_a_time_is_told) {
    size_t size;
    fill(2, (audit_options){0});
    char *text = contents(segment(1), &size);
    memcpy(strstr(text, "\"time\":\"") + 8, "yesterday", 9);
    put_contents(segment(1), text, size);
    audit_log *l;
    ASSERT_FAILS(audit_open(&(audit_options){.folder = folder}, &l, &err), MICA_FORMAT,
                 "audit-00000001.jsonl: line 1: expected a record with its time");
    free(text);
    remove_folder();
}

static int synced;

/* In place of the library's: counts. */
int fdatasync(int fd) {
    synced++;
    return (int)syscall(SYS_fdatasync, fd);
}

TEST(what_was_written_is_on_the_disk_when_it_is_closed) {
    make_folder();
    audit_log *l = open_log((audit_options){0});
    assert_true(audit_add(l, &(audit_event){.action = "predict"}));
    ASSERT_OK(audit_write(l, &err));
    assert_int_equal(audit_pending(l), 0);
    synced = 0;
    audit_close(l);
    assert_int_equal(synced, 1);
    remove_folder();
}

TEST(texts_of_others_are_escaped) {
    size_t size;
    make_folder();
    audit_log *l = open_log((audit_options){0});
    audit_add(l, &(audit_event){.action = "predict", .who = "a\"b\\\n\x7f\xff é", .detail = "{}"});
    audit_close(l);
    WHOLE();
    char *text = contents(segment(1), &size);
    assert_non_null(strstr(text, "\"who\":\"a\\u0022b\\u005c\\u000a\\u007f\\ufffd é\""));
    free(text);
    remove_folder();
}

RUN_TESTS(UNIT(a_segment_does_not_become_younger_by_a_restart),
          UNIT(a_file_that_restarts_alone_open_expires),
          UNIT(a_first_record_without_a_time_is_told),
          UNIT(what_was_written_is_on_the_disk_when_it_is_closed),
          UNIT(a_log_is_one_chain_of_records), UNIT(hashes_are_of_the_documented_bytes),
          UNIT(a_changed_byte_is_found_in_its_line), UNIT(every_single_changed_byte_is_found),
          UNIT(a_deleted_line_is_found_where_it_was), UNIT(swapped_lines_are_found),
          UNIT(a_record_with_a_hash_of_its_own_breaks_the_link),
          UNIT(segments_go_on_with_the_chain), UNIT(a_truncated_segment_is_found),
          UNIT(a_removed_middle_segment_is_named), UNIT(a_removed_first_segment_is_found),
          UNIT(a_segment_under_another_name_is_found),
          UNIT(segments_expire_and_the_chain_says_where_it_begins),
          UNIT(old_segments_expire_by_age),
          UNIT(a_torn_last_line_becomes_part_of_a_record_and_the_chain_goes_on),
          UNIT(a_segment_that_was_only_begun_is_used),
          UNIT(a_file_in_the_place_of_the_next_segment_is_refused),
          UNIT(with_a_key_nobody_can_write_the_chain_anew),
          UNIT(a_head_finds_what_was_cut_off_at_the_end), UNIT(a_second_writer_is_refused),
          UNIT(a_full_disk_keeps_records_until_there_is_room), UNIT(texts_of_others_are_escaped))
