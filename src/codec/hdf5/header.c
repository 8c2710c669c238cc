/* Object headers: the list of messages that describe a group or a dataset.
 * Version 1 is a plain list; version 2 has signatures and checksums. Both continue in other places.
 * Source: HDF5 File Format Specification, IV.A. */
#include "codec/hdf5/internal.h"

typedef struct reading {
    h5_object *object;
    size_t room;
    unsigned version, creation_bytes; /* bytes of the creation order before each body, version 2 */
    h5_walk walk;
} reading;

static mica_status read_message(reading *r, h5_cursor *cursor, mica_error *err) {
    h5_object *object = r->object;
    h5_message message = {0};
    uint64_t place = h5_place(cursor);
    message.type = (uint16_t)h5_take(cursor, r->version == 1 ? 2 : 1);
    message.size = (uint32_t)h5_take(cursor, 2);
    message.flags = (uint8_t)h5_take(cursor, 1);
    h5_take_bytes(cursor, r->version == 1 ? 3 : r->creation_bytes);
    message.bytes = h5_take_bytes(cursor, message.size);
    if (cursor->overrun)
        return fail(err, MICA_FORMAT,
                    "object header: message of type %u and %u bytes at byte %" PRIu64
                    " goes past the end of its block",
                    message.type, message.size, place);
    if (message.type > 0x18 && message.flags & 0x80)
        return fail(err, MICA_UNSUPPORTED,
                    "object header: unknown message type %u at byte %" PRIu64, message.type, place);
    if (!message.type) return MICA_OK; /* room that is free */
    void *items = object->messages;
    TRY(h5_grow(object->file, &items, object->count, &r->room, sizeof message, err));
    object->messages = items;
    object->messages[object->count++] = message;
    return MICA_OK;
}

/* What is left at the end may be smaller than a message's header: a gap. */
static mica_status read_messages(reading *r, h5_cursor *cursor, mica_error *err) {
    unsigned header = r->version == 1 ? 8 : 4 + r->creation_bytes;
    TRY(h5_walk_take(&r->walk, h5_left(cursor), err));
    while (h5_left(cursor) >= header) TRY(read_message(r, cursor, err));
    return MICA_OK;
}

static mica_status read_version_1(reading *r, mica_error *err) {
    h5_cursor cursor;
    h5_file *file = r->object->file;
    TRY(h5_cursor_at(file, r->object->address, 16, "object header", &cursor, err));
    TRY(h5_expect_version(&cursor, 1, 1, NULL, err));
    h5_take_bytes(&cursor, 1 + 2 + 4); /* reserved, number of messages, of references */
    uint64_t size = h5_take(&cursor, 4);
    TRY(h5_cursor_at(file, r->object->address + 16, size, "object header", &cursor, err));
    return read_messages(r, &cursor, err);
}

static mica_status read_version_2(reading *r, mica_error *err) {
    h5_cursor cursor;
    h5_file *file = r->object->file;
    uint64_t address = r->object->address, rest = file->size - address;
    TRY(h5_cursor_at(file, address, rest < 64 ? rest : 64, "object header", &cursor, err));
    h5_take_bytes(&cursor, 4); /* the signature, seen already */
    TRY(h5_expect_version(&cursor, 2, 2, NULL, err));
    unsigned flags = (unsigned)h5_take(&cursor, 1);
    if (flags & 0x20) h5_take_bytes(&cursor, 16); /* four times */
    if (flags & 0x10) h5_take_bytes(&cursor, 4);  /* where attributes become dense */
    uint64_t size = h5_take(&cursor, 1u << (flags & 3));
    TRY(h5_check(&cursor, err));
    uint64_t prefix = (uint64_t)(cursor.at - cursor.start);
    r->creation_bytes = flags & 4 ? 2 : 0;
    if (size > rest) size = rest; /* one that is too large fails just below, without overflow */
    TRY(h5_checked_block(file, address, prefix + size + 4, "OHDR", "object header", &cursor, err));
    cursor.at = cursor.start + prefix;
    return read_messages(r, &cursor, err);
}

static mica_status read_continuation(reading *r, const h5_message *message, mica_error *err) {
    h5_file *file = r->object->file;
    h5_cursor cursor = h5_cursor_over(file, message->bytes, message->size, "continuation message");
    uint64_t address = h5_take_offset(&cursor), size = h5_take_length(&cursor);
    TRY(h5_check(&cursor, err));
    if (r->version == 1)
        TRY(h5_cursor_at(file, address, size, "object header continuation", &cursor, err));
    else
        TRY(h5_checked_block(file, address, size, "OCHK", "object header continuation", &cursor,
                             err));
    return read_messages(r, &cursor, err);
}

mica_status h5_read_header(h5_object *object, mica_error *err) {
    const uint8_t *start;
    reading r = {.object = object, .walk = h5_walk_start(object->file, "object header")};
    TRY(h5_bytes(object->file, object->address, 4, "object header", &start, err));
    bool new = start[0] == 'O' && start[1] == 'H' && start[2] == 'D' && start[3] == 'R';
    r.version = new ? 2 : 1;
    TRY(new ? read_version_2(&r, err) : read_version_1(&r, err));
    for (size_t i = 0; i < object->count; i++)
        if (object->messages[i].type == H5_MSG_CONTINUATION) {
            h5_message continuation = object->messages[i];
            TRY(read_continuation(&r, &continuation, err));
        }
    return MICA_OK;
}

const h5_message *h5_message_of(const h5_object *object, unsigned type) {
    for (size_t i = 0; i < object->count; i++)
        if (object->messages[i].type == type) return &object->messages[i];
    return NULL;
}

mica_status h5_open_message(const h5_object *object, const h5_message *message, const char *what,
                            h5_cursor *cursor, mica_error *err) {
    *cursor = h5_cursor_over(object->file, message->bytes, message->size, what);
    if (!(message->flags & 2)) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "%s at byte %" PRIu64
                ": shared with another object (a committed type?), expected its own",
                what, cursor->place);
}
