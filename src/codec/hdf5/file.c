/* Opening and closing an HDF5 file, its bytes, and the memory that lives as long as it.
 *
 * A file on disk is neither mapped (another process that cuts it would end this one with SIGBUS)
 * nor read whole: its structures are read page by page into one region when they are asked for, its
 * data straight into the caller's buffer. */
#include "codec/hdf5/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE ((uint64_t)16384)
/* What is kept of a structure is a few times larger than its bytes in the file (a link takes 40
 * bytes and its name, where the file may spend 16), but not more than this. */
#define BUDGET_FLOOR ((uint64_t)1 << 20)
#define BUDGET_FACTOR 16

static mica_status open_superblock(h5_file **file, mica_error *err) {
    h5_file *f = *file;
    mica_status status = h5_read_superblock(f, err);
    if (status == MICA_OK) return status;
    fail_within(err, status, "%s", f->name);
    h5_close(file);
    return status;
}

static mica_status new_file(const char *name, uint64_t size, h5_file **file, mica_error *err) {
    h5_file *f = *file = calloc(1, sizeof *f);
    if (!f) return fail_memory(err, sizeof *f, name);
    f->descriptor = -1;
    f->size = size;
    f->budget = size > UINT64_MAX / 32 ? UINT64_MAX : BUDGET_FLOOR + BUDGET_FACTOR * size;
    f->name = strdup(name);
    if (f->name) return MICA_OK;
    h5_close(file);
    return fail_memory(err, strlen(name) + 1, name);
}

mica_status h5_open_memory(const char *name, const void *bytes, size_t size, h5_file **file,
                           mica_error *err) {
    TRY(new_file(name, size, file, err));
    (*file)->bytes = bytes;
    return open_superblock(file, err);
}

static mica_status open_regular(const char *path, int *descriptor, uint64_t *size,
                                mica_error *err) {
    struct stat facts;
    *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*descriptor < 0) return fail_errno(err, path, "opening");
    mica_status status = MICA_OK;
    if (fstat(*descriptor, &facts)) status = fail_errno(err, path, "asking for its size");
    else if (!S_ISREG(facts.st_mode)) status = fail(err, MICA_IO, "%s: not a regular file", path);
    else if (*size = (uint64_t)facts.st_size, *size > SIZE_MAX)
        status = fail_memory(err, *size, path);
    if (status != MICA_OK) close(*descriptor);
    return status;
}

mica_status h5_open_file(const char *path, h5_file **file, mica_error *err) {
    int descriptor;
    uint64_t size = 0;
    *file = NULL;
    TRY(open_regular(path, &descriptor, &size, err));
    mica_status status = new_file(path, size, file, err);
    if (status != MICA_OK) {
        close(descriptor);
        return status;
    }
    h5_file *f = *file;
    f->descriptor = descriptor;
    f->bytes = f->region = malloc(size ? size : 1);
    f->present = calloc(size / PAGE + 1, 1);
    if (f->region && f->present) return open_superblock(file, err);
    h5_close(file);
    return fail_memory(err, size, path);
}

void h5_close(h5_file **file) {
    h5_file *f = *file;
    *file = NULL;
    if (!f) return;
    while (f->blocks) {
        h5_block *next = f->blocks->next;
        free(f->blocks);
        f->blocks = next;
    }
    h5_map_free(&f->objects);
    h5_map_free(&f->collections);
    h5_map_free(&f->verified);
    if (f->descriptor >= 0) close(f->descriptor);
    free(f->region);
    free(f->present);
    free(f->name);
    free(f);
}

/* ---- bytes ---- */

static mica_status read_exactly(const h5_file *file, uint64_t position, uint64_t size, uint8_t *out,
                                mica_error *err) {
    while (size) {
        ssize_t got = pread(file->descriptor, out, size, (off_t)position);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return fail(err, MICA_IO, "reading at byte %" PRIu64 ": %s", position, strerror(errno));
        if (got == 0)
            return fail(err, MICA_IO, "became shorter than byte %" PRIu64 " while read", position);
        out += got;
        position += (uint64_t)got;
        size -= (uint64_t)got;
    }
    return MICA_OK;
}

static mica_status check_range(const h5_file *file, uint64_t address, uint64_t size,
                               const char *what, mica_error *err) {
    if (address <= file->size && size <= file->size - address) return MICA_OK;
    if (address == H5_UNDEFINED)
        return fail(err, MICA_FORMAT, "%s: its address is undefined, expected one in the file",
                    what);
    return fail(err, MICA_FORMAT,
                "%s: %" PRIu64 " bytes at byte %" PRIu64 ", but the file ends at byte %" PRIu64
                " (truncated or damaged)",
                what, size, address + file->base, file->size + file->base);
}

mica_status h5_bytes(h5_file *file, uint64_t address, uint64_t size, const char *what,
                     const uint8_t **bytes, mica_error *err) {
    TRY(check_range(file, address, size, what, err));
    *bytes = file->bytes + address;
    if (!file->region || !size) return MICA_OK;
    uint64_t from = file->base + address, end = file->base + file->size;
    for (uint64_t page = from / PAGE; page <= (from + size - 1) / PAGE; page++) {
        if (file->present[page]) continue;
        uint64_t start = page * PAGE, stop = start + PAGE < end ? start + PAGE : end;
        TRY(read_exactly(file, start, stop - start, file->region + start, err));
        file->present[page] = 1;
    }
    return MICA_OK;
}

mica_status h5_copy(h5_file *file, uint64_t address, uint64_t size, const char *what, void *out,
                    mica_error *err) {
    TRY(check_range(file, address, size, what, err));
    if (!size) return MICA_OK;
    if (file->region) return read_exactly(file, file->base + address, size, out, err);
    memcpy(out, file->bytes + address, size);
    return MICA_OK;
}

/* ---- memory ---- */

mica_status h5_keep(h5_file *file, uint64_t bytes, void **memory, mica_error *err) {
    *memory = NULL;
    uint64_t charge = bytes + sizeof(h5_block);
    if (charge < bytes || charge > file->budget)
        return fail(err, MICA_FORMAT,
                    "its structures ask for more memory than a file of %" PRIu64
                    " bytes can need (damaged or hostile)",
                    file->size);
    h5_block *block = calloc(1, charge);
    if (!block) return fail_memory(err, bytes, "HDF5 structures");
    file->budget -= charge;
    block->charge = charge;
    block->next = file->blocks;
    block->link = &file->blocks;
    if (block->next) block->next->link = &block->next;
    file->blocks = block;
    *memory = block->data;
    return MICA_OK;
}

void h5_release(h5_file *file, void *memory) {
    if (!memory) return;
    h5_block *block = (h5_block *)((char *)memory - offsetof(h5_block, data));
    *block->link = block->next;
    if (block->next) block->next->link = block->link;
    file->budget += block->charge;
    free(block);
}

mica_status h5_grow(h5_file *file, void **items, size_t count, size_t *room, size_t item_bytes,
                    mica_error *err) {
    if (count < *room) return MICA_OK;
    size_t larger = *room ? 2 * *room : 4;
    void *moved;
    TRY(h5_keep(file, (uint64_t)larger * item_bytes, &moved, err));
    if (count) memcpy(moved, *items, count * item_bytes);
    h5_release(file, *items);
    *items = moved;
    *room = larger;
    return MICA_OK;
}

mica_status h5_keep_text(h5_file *file, const void *bytes, size_t size, char **text,
                         mica_error *err) {
    void *memory;
    TRY(h5_keep(file, (uint64_t)size + 1, &memory, err));
    if (size) memcpy(memory, bytes, size);
    *text = memory;
    return MICA_OK;
}
