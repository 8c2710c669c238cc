/* Rooms: see room.h. */
#include "data/room.h"

#include <stdlib.h>

void *room_block(room *r, int i, size_t bytes) {
    if (r->block[i] && r->bytes[i] >= bytes) return r->block[i];
    release_aligned(r->block[i]);
    r->block[i] = allocate_aligned(bytes + 1);
    r->bytes[i] = r->block[i] ? bytes : 0;
    return r->block[i];
}

void room_free(room *r) {
    for (int i = 0; i < ROOM_BLOCKS; i++) release_aligned(r->block[i]);
    *r = (room){.next = r->next};
}

void rooms_open(rooms *r) {
    pthread_mutex_init(&r->lock, NULL);
    r->idle = NULL;
}

void rooms_close(rooms *r) {
    for (room *at = r->idle, *next; at; at = next) {
        next = at->next;
        room_free(at);
        free(at);
    }
    pthread_mutex_destroy(&r->lock);
}

room *rooms_take(rooms *r) {
    pthread_mutex_lock(&r->lock);
    room *found = r->idle;
    if (found) r->idle = found->next;
    pthread_mutex_unlock(&r->lock);
    return found ? found : allocate(1, sizeof *found);
}

void rooms_give(rooms *r, room *used) {
    pthread_mutex_lock(&r->lock);
    used->next = r->idle;
    r->idle = used;
    pthread_mutex_unlock(&r->lock);
}
