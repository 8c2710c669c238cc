/* Addresses to pointers: open addressing, at most half full. */
#include "codec/hdf5/internal.h"

#include <stdlib.h>

static size_t slot_of(const h5_map *map, uint64_t key) {
    size_t slot = (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (map->room - 1);
    while (map->values[slot] && map->keys[slot] != key) slot = (slot + 1) & (map->room - 1);
    return slot;
}

void *h5_map_find(const h5_map *map, uint64_t key) {
    return map->room ? map->values[slot_of(map, key)] : NULL;
}

static mica_status enlarge(h5_map *map, mica_error *err) {
    h5_map larger = {.room = map->room ? 2 * map->room : 16, .used = map->used};
    larger.keys = calloc(larger.room, sizeof *larger.keys);
    larger.values = calloc(larger.room, sizeof *larger.values);
    if (!larger.keys || !larger.values) {
        h5_map_free(&larger);
        return fail_memory(err, larger.room * 16, "table of HDF5 objects");
    }
    for (size_t i = 0; i < map->room; i++) {
        if (!map->values[i]) continue;
        size_t slot = slot_of(&larger, map->keys[i]);
        larger.keys[slot] = map->keys[i];
        larger.values[slot] = map->values[i];
    }
    h5_map_free(map);
    *map = larger;
    return MICA_OK;
}

mica_status h5_map_put(h5_map *map, uint64_t key, void *value, mica_error *err) {
    if (2 * (map->used + 1) > map->room) TRY(enlarge(map, err));
    size_t slot = slot_of(map, key);
    if (!map->values[slot]) map->used++;
    map->keys[slot] = key;
    map->values[slot] = value;
    return MICA_OK;
}

void h5_map_free(h5_map *map) {
    free(map->keys);
    free(map->values);
    *map = (h5_map){0};
}
