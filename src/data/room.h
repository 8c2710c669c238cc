/* Memory that is used again and again: blocks that only grow, and lists of them for threads. */
#ifndef DATA_ROOM_H
#define DATA_ROOM_H

#include "base/memory.h"
#include "data/dataset.h"

#include <pthread.h>

/* For each column one before and one after, and a few more. */
#define ROOM_BLOCKS (2 * MAX_COLUMNS + 8)

typedef struct room {
    void *block[ROOM_BLOCKS];
    size_t bytes[ROOM_BLOCKS];
    struct room *next;
} room;

/* Block i with at least so many bytes, whatever was in it; NULL without memory. */
void *room_block(room *r, int i, size_t bytes);
void room_free(room *r); /* its blocks */

/* Rooms that nobody uses now. */
typedef struct rooms {
    pthread_mutex_t lock;
    room *idle;
} rooms;

void rooms_open(rooms *r);
void rooms_close(rooms *r);
room *rooms_take(rooms *r); /* NULL without memory */
void rooms_give(rooms *r, room *used);

#endif
