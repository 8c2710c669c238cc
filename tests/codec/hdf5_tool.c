/* The bridge between codec/hdf5 and the scripts that hold it against h5py:
 *   hdf5_tool dump FILE        every object, attribute and element, one line each
 *   hdf5_tool copy FILE NEW    the same content, written by codec/hdf5_write
 * Lines: 'G path', 'D path type dims data', 'A path name type dims data'; data is hexadecimal,
 * strings are hexadecimal each, with commas between; what cannot be read is 'E path code'. */
#include "base/error.h"
#include "codec/hdf5.h"
#include "codec/hdf5_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct visit {
    h5_writer *writer; /* NULL when dumping */
    void *buffers[4096];
    size_t buffer_count;
} visit;

static void print_hex(const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) printf("%02x", ((const unsigned char *)bytes)[i]);
}

static void print_head(const h5_type *type, const h5_space *space) {
    printf(" %s ", type->text);
    if (space->null) printf("null");
    else printf("(");
    for (unsigned i = 0; i < space->rank; i++) printf("%lld,", (long long)space->dims[i]);
    printf(space->null ? " " : ") ");
}

static void print_texts(const h5_texts *texts) {
    for (size_t i = 0; i < texts->count; i++) {
        printf(i ? "," : "");
        print_hex(texts->at[i], strlen(texts->at[i]));
    }
    printf("\n");
}

static void print_error(const char *path, const char *name, const mica_error *err) {
    printf("E %s%s%s %s\n", path, *name ? " " : "", name, status_name(err->code));
    fprintf(stderr, "%s\n", err->message);
}

static void *buffer(visit *v, size_t bytes) {
    if (v->buffer_count == LENGTH(v->buffers)) exit(3);
    return v->buffers[v->buffer_count++] = calloc(bytes + 1, 1);
}

static bool is_number(const h5_type *type) {
    return type->kind == H5_INTEGER || type->kind == H5_FLOAT || type->kind == H5_BOOL;
}

static mica_status write_attribute(visit *v, h5_object *object, const h5_attribute *a, void *data,
                                   const h5_texts *texts, mica_error *err) {
    const char *path = h5_path(object);
    if (is_number(&a->type)) /* the writer has no null extent: (0) */
        return h5_write_numbers(v->writer, path, a->name, a->type.dtype,
                                a->space.null ? 1 : a->space.rank, a->space.dims, data, err);
    if (!a->space.rank && !a->space.null)
        return h5_write_text(v->writer, path, a->name, texts->at[0], err);
    return h5_write_texts(v->writer, path, a->name, texts->at, texts->count, err);
}

static mica_status visit_attribute(visit *v, h5_object *object, const h5_attribute *a,
                                   mica_error *err) {
    h5_texts texts = {0};
    size_t bytes = a->space.elements * mica_dtype_size(a->type.dtype);
    void *data = NULL;
    if (is_number(&a->type)) {
        data = buffer(v, bytes);
        TRY(h5_attribute_numbers(object, a->name, a->type.dtype, data, a->space.elements, err));
    } else {
        TRY(h5_attribute_texts(object, a->name, &texts, err));
    }
    if (v->writer) return write_attribute(v, object, a, data, &texts, err);
    printf("A %s ", h5_path(object));
    print_hex(a->name, strlen(a->name));
    print_head(&a->type, &a->space);
    if (data) print_hex(data, bytes), printf("\n");
    else print_texts(&texts);
    return MICA_OK;
}

static void visit_attributes(visit *v, h5_object *object) {
    mica_error err = {0};
    const h5_attribute *attributes;
    size_t count;
    if (h5_attributes(object, &attributes, &count, &err) != MICA_OK)
        print_error(h5_path(object), "*", &err);
    for (size_t i = 0; i < count; i++)
        if (visit_attribute(v, object, &attributes[i], &err) != MICA_OK)
            print_error(h5_path(object), attributes[i].name, &err);
}

static mica_status visit_dataset(visit *v, h5_object *object, mica_error *err) {
    h5_type type;
    h5_space space;
    h5_texts texts = {0};
    TRY(h5_dataset(object, &type, &space, err));
    size_t bytes = space.elements * (is_number(&type) ? mica_dtype_size(type.dtype) : type.size);
    void *data = buffer(v, bytes);
    if (is_number(&type)) TRY(h5_read(object, type.dtype, data, bytes, err));
    else if (type.kind == H5_OPAQUE) TRY(h5_read_raw(object, data, bytes, err));
    else TRY(h5_read_texts(object, &texts, err));
    if (v->writer && space.null) space.rank = 1; /* the writer has no null extent: (0) */
    if (v->writer)
        return is_number(&type) ? h5_write_dataset(v->writer, h5_path(object), type.dtype,
                                                   space.rank, space.dims, data, err)
                                : MICA_OK;
    printf("D %s", h5_path(object));
    print_head(&type, &space);
    if (type.kind == H5_STRING) print_texts(&texts);
    else print_hex(data, bytes), printf("\n");
    return MICA_OK;
}

static void visit_object(visit *v, h5_object *object, unsigned depth);

static mica_status visit_group(visit *v, h5_object *group, unsigned depth, mica_error *err) {
    const h5_link *links;
    size_t count;
    if (v->writer) TRY(h5_write_group(v->writer, h5_path(group), err));
    else printf("G %s\n", h5_path(group));
    TRY(h5_links(group, H5_BY_NAME, &links, &count, err));
    visit_attributes(v, group);
    for (size_t i = 0; i < count; i++) {
        h5_object *child;
        if (h5_find_in(group, links[i].name, &child, err) == MICA_OK)
            visit_object(v, child, depth + 1);
        else print_error(h5_path(group), links[i].name, err);
    }
    return MICA_OK;
}

static void visit_object(visit *v, h5_object *object, unsigned depth) {
    mica_error err = {0};
    mica_status status = MICA_OK;
    if (depth > 64) return;
    if (h5_is_group(object)) {
        status = visit_group(v, object, depth, &err);
    } else {
        status = visit_dataset(v, object, &err);
        if (status == MICA_OK) visit_attributes(v, object);
    }
    if (status != MICA_OK) print_error(h5_path(object), "", &err);
}

static mica_status to_file(void *context, const void *bytes, size_t size, mica_error *err) {
    return fwrite(bytes, 1, size, context) == size ? MICA_OK : fail_errno(err, "output", "writing");
}

static mica_status write_copy(h5_writer *writer, const char *path, mica_error *err) {
    FILE *out = fopen(path, "wb");
    if (!out) return fail_errno(err, path, "opening");
    mica_status status = h5_writer_finish(writer, to_file, out, err);
    return fclose(out) && status == MICA_OK ? fail_errno(err, path, "closing") : status;
}

static mica_status run(int argc, char **argv, mica_error *err) {
    static visit v;
    h5_file *file;
    h5_object *root;
    bool copy = argc == 4 && !strcmp(argv[1], "copy");
    if (!copy && (argc != 3 || strcmp(argv[1], "dump")))
        return fail(err, MICA_VALUE, "hdf5_tool dump FILE | copy FILE NEW");
    if (copy) TRY(h5_writer_open(&v.writer, err));
    TRY(h5_open_file(argv[2], &file, err));
    mica_status status = h5_find(file, "/", &root, err);
    if (status == MICA_OK) visit_object(&v, root, 0);
    h5_close(&file);
    if (status == MICA_OK && copy) status = write_copy(v.writer, argv[3], err);
    h5_writer_close(&v.writer);
    for (size_t i = 0; i < v.buffer_count; i++) free(v.buffers[i]);
    return status;
}

int main(int argc, char **argv) {
    mica_error err = {0};
    mica_status status = run(argc, argv, &err);
    if (status != MICA_OK) fprintf(stderr, "%s\n", err.message);
    return status != MICA_OK;
}
