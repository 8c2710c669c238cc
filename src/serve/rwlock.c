/* See rwlock.h. */
#include "serve/rwlock.h"

void rwlock_open(pthread_rwlock_t *lock) {
    pthread_rwlockattr_t how;
    pthread_rwlockattr_init(&how);
#ifdef __GLIBC__
    pthread_rwlockattr_setkind_np(&how, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
    pthread_rwlock_init(lock, &how);
    pthread_rwlockattr_destroy(&how);
}
