/* HDF5 files that are damaged, or made to harm: refused with the place, in bounded memory. */
#include "../fuzz/fuzz_hdf5.c"
#include "hdf5_support.h"

/* A file of ours: a header at byte 96 with the symbol table message at 112 and attributes from 136.
 */
static blob written(void) {
    mica_error err = {0};
    h5_writer *writer;
    static const float data[4] = {1, 2, 3, 4};
    ASSERT_OK(h5_writer_open(&writer, &err));
    ASSERT_OK(h5_write_numbers(writer, "/", "attribute", MICA_INT32, 1, (int64_t[]){20},
                               (int32_t[20]){0}, &err));
    ASSERT_OK(h5_write_text(writer, "/", "text", "a text", &err));
    ASSERT_OK(
        h5_write_dataset(writer, "/group/data", MICA_FLOAT32, 2, (int64_t[]){2, 2}, data, &err));
    blob b = finish(writer);
    h5_writer_close(&writer);
    return b;
}

static void put(blob *b, size_t at, uint64_t value, size_t size) {
    memcpy(b->at + at, &value, size);
}

static size_t find_bytes(const blob *b, size_t from, const void *what, size_t size) {
    for (size_t i = from; i + size <= b->size; i++)
        if (!memcmp(b->at + i, what, size)) return i;
    fail_msg("%zu bytes were not found", size);
    return 0;
}

static mica_status find_in_bytes(const blob *b, const char *path, mica_error *err) {
    h5_file *file;
    h5_object *object;
    const h5_attribute *attributes;
    const h5_link *links;
    size_t count;
    mica_status status = h5_open_memory("m", b->at, b->size, &file, err);
    if (status != MICA_OK) return status;
    status = h5_find(file, path, &object, err);
    if (status == MICA_OK) status = h5_attributes(object, &attributes, &count, err);
    if (status == MICA_OK && h5_is_group(object))
        status = h5_links(object, H5_BY_NAME, &links, &count, err);
    if (status == MICA_OK && h5_is_dataset(object)) status = h5_dataset(object, NULL, NULL, err);
    h5_close(&file);
    return status;
}

TEST(foreign_files_are_refused) {
    mica_error err = {0};
    h5_file *file;
    ASSERT_FAILS(h5_open_memory("m", "", 0, &file, &err), MICA_FORMAT, "m: not an HDF5 file");
    ASSERT_FAILS(h5_open_memory("m", "PK\3\4 and so on", 14, &file, &err), MICA_FORMAT,
                 "signature is missing (14 bytes)");
    assert_null(file);
}

TEST(files_cut_anywhere_are_refused) {
    static const char *const names[] = {"keras_earliest", "keras_latest", "chunks_latest"};
    for (size_t i = 0; i < 3; i++) {
        blob b = golden_bytes(names[i]);
        for (size_t size = 0; size < b.size; size += 31) {
            mica_error err = {0};
            h5_file *file;
            uint8_t *copy = malloc(size + 1);
            memcpy(copy, b.at, size);
            ASSERT_FAILS(h5_open_memory("m", copy, size, &file, &err), MICA_FORMAT, "m: ");
            free(copy);
        }
        free(b.at);
    }
}

TEST(flipped_bit_of_a_new_header_is_seen) {
    mica_error err = {0};
    blob b = golden_bytes("keras_latest");
    size_t header = find_bytes(&b, 0, "OHDR", 4);
    b.at[header + 40] ^= 1;
    ASSERT_FAILS(find_in_bytes(&b, "/", &err), MICA_FORMAT, "checksum");
    free(b.at);
}

TEST(header_that_continues_in_itself_is_refused) {
    mica_error err = {0};
    blob b = written();
    assert_int_equal(b.at[136], 0x0c);
    put(&b, 136, 0x10, 2);
    put(&b, 144, 112, 8); /* from the first message on */
    put(&b, 152, 24 + 8 + 136, 8);
    ASSERT_FAILS(find_in_bytes(&b, "/", &err), MICA_FORMAT, "go in circles");
    put(&b, 152, UINT64_MAX, 8);
    ASSERT_FAILS(find_in_bytes(&b, "/", &err), MICA_FORMAT, "the file ends");
    put(&b, 144, UINT64_MAX - 7, 8);
    ASSERT_FAILS(find_in_bytes(&b, "/", &err), MICA_FORMAT, "the file ends");
    free(b.at);
}

TEST(tree_that_is_its_own_child_is_refused) {
    mica_error err = {0};
    blob b = written();
    size_t tree = find_bytes(&b, 0, "TREE", 4);
    put(&b, tree + 32, tree, 8);
    ASSERT_FAILS(find_in_bytes(&b, "/", &err), MICA_FORMAT, "expected \"SNOD\"");
    b.at[tree + 5] = 255;
    ASSERT_FAILS(find_in_bytes(&b, "/", &err), MICA_FORMAT,
                 "level 255, expected type 0, level 254");
    put(&b, tree + 6, 65535, 2);
    ASSERT_FAILS(find_in_bytes(&b, "/", &err), MICA_FORMAT, "B-tree");
    free(b.at);
}

TEST(tree_with_the_same_child_twice_is_refused) {
    mica_error err = {0};
    blob b = written();
    size_t tree = find_bytes(&b, 0, "TREE", 4);
    put(&b, tree + 6, 2, 2);
    memcpy(b.at + tree + 48, b.at + tree + 32, 8);
    ASSERT_FAILS(find_in_bytes(&b, "/", &err), MICA_FORMAT, "two links are named \"group\"");
    free(b.at);
}

TEST(group_inside_itself_is_one_object) {
    mica_error err = {0};
    blob b = written();
    size_t table = find_bytes(&b, 0, "SNOD", 4);
    put(&b, table + 16, 96, 8); /* "group" is the root */
    h5_file *file = open_bytes(&b);
    h5_object *found;
    ASSERT_OK(h5_find(file, "/group/group/group/group", &found, &err));
    assert_ptr_equal(found, object_of(file, "/"));
    h5_close(&file);
    free(b.at);
}

TEST(extent_that_is_not_stored_is_refused) {
    mica_error err = {0};
    blob b = written();
    size_t dims = find_bytes(&b, 0, (uint64_t[]){2, 2}, 16);
    put(&b, dims, 1 << 20, 8);
    ASSERT_FAILS(find_in_bytes(&b, "/group/data", &err), MICA_FORMAT, "m: /group/data: layout");
    put(&b, dims, (uint64_t)1 << 63, 8);
    ASSERT_FAILS(find_in_bytes(&b, "/group/data", &err), MICA_FORMAT, "more than can be counted");
    free(b.at);
    b = golden_bytes("chunks_earliest");
    for (size_t at = 0; at + 16 <= b.size; at++) /* gzip and all are (20, 15) */
        if (!memcmp(b.at + at, (uint64_t[]){20, 15}, 16)) put(&b, at, 200000000, 8);
    ASSERT_FAILS(find_in_bytes(&b, "/gzip", &err), MICA_FORMAT,
                 "/gzip: its extent needs 12000000000 bytes, only");
    free(b.at);
}

TEST(text_that_its_heap_does_not_hold_is_refused) {
    mica_error err = {0};
    blob b = written();
    h5_object *root;
    const char *text;
    size_t heap = find_bytes(&b, 0, "GCOL", 4),
           length = find_bytes(&b, 136, (uint32_t[]){6, (uint32_t)heap, 0, 1}, 16);
    put(&b, length, 1 << 30, 4);
    h5_file *file = open_bytes(&b);
    root = object_of(file, "/");
    ASSERT_FAILS(h5_attribute_text(root, "text", &text, &err), MICA_FORMAT,
                 "attribute \"text\": string of 1073741824 bytes");
    h5_close(&file);
    put(&b, length, 6, 4);
    put(&b, length + 12, 9, 4);
    file = open_bytes(&b);
    root = object_of(file, "/");
    ASSERT_FAILS(h5_attribute_text(root, "text", &text, &err), MICA_FORMAT, "holds no object 9");
    h5_close(&file);
    free(b.at);
}

TEST(damaged_chunks_are_refused) {
    mica_error err = {0};
    blob b = golden_bytes("chunks_latest");
    float out[300];
    h5_object *object;
    for (size_t at = 0; at + 2 < b.size; at++) /* every zlib stream */
        if (b.at[at] == 0x78 && b.at[at + 1] == 0x5e) b.at[at + 2] ^= 0x55;
    h5_file *file = open_bytes(&b);
    object = object_of(file, "/gzip");
    ASSERT_FAILS(h5_read(object, MICA_FLOAT32, out, sizeof out, &err), MICA_FORMAT,
                 "/gzip: chunk at byte");
    object = object_of(file, "/all");
    ASSERT_FAILS(h5_read(object, MICA_FLOAT32, out, sizeof out, &err), MICA_FORMAT,
                 "fletcher32: checksum");
    h5_close(&file);
    free(b.at);
}

/* Deterministic: a few flipped bits or overwritten numbers per round. MICA_HDF5_ROUNDS sets rounds.
 */
TEST(flipped_bits_do_no_harm) {
    static const char *const names[] = {"keras_earliest", "keras_latest",    "many_earliest",
                                        "many_latest",    "types_earliest",  "types_latest",
                                        "chunks_latest",  "chunks_earliest", "pages_latest"};
    const char *wanted = getenv("MICA_HDF5_ROUNDS");
    int rounds = wanted ? atoi(wanted) : 300;
    uint64_t random = 12345;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        blob b = golden_bytes(names[i]);
        uint8_t *copy = malloc(b.size);
        for (int round = 0; round < rounds; round++) {
            memcpy(copy, b.at, b.size);
            for (int flips = 1 + round % 4; flips > 0; flips--) {
                random = random * 6364136223846793005u + 1442695040888963407u;
                size_t at = (size_t)(random >> 33) % b.size;
                if (round % 3) copy[at] ^= (uint8_t)(1u << (random >> 20 & 7));
                else copy[at] = random >> 24 & 1 ? 0xff : (uint8_t)(random >> 25);
            }
            LLVMFuzzerTestOneInput(copy, b.size);
        }
        free(copy);
        free(b.at);
    }
}

RUN_TESTS(UNIT(foreign_files_are_refused), UNIT(files_cut_anywhere_are_refused),
          UNIT(flipped_bit_of_a_new_header_is_seen),
          UNIT(header_that_continues_in_itself_is_refused),
          UNIT(tree_that_is_its_own_child_is_refused),
          UNIT(tree_with_the_same_child_twice_is_refused), UNIT(group_inside_itself_is_one_object),
          UNIT(extent_that_is_not_stored_is_refused),
          UNIT(text_that_its_heap_does_not_hold_is_refused), UNIT(damaged_chunks_are_refused),
          UNIT(flipped_bits_do_no_harm))
