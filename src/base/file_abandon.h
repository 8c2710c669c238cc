/* What a program that a signal ends was writing aside (base/file.h). */
#ifndef BASE_FILE_ABANDON_H
#define BASE_FILE_ABANDON_H

#include <stdbool.h>

/* From here on, once and for the whole process, what is being written aside is known to
 * file_abandon_all. */
void file_watch(void);
/* Removes all of it. For the handler of a signal of that number, right before the process ends: a
 * thread that was about to commit or cancel waits for that end. False: one is just being opened;
 * its thread removes all and raises the signal again, so that the handler has only to return. */
bool file_abandon_all(int number);

#endif
