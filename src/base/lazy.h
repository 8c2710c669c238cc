/* Libraries that are loaded when something of them is called first, because their start takes long
 * and few runs need them. */
#ifndef BASE_LAZY_H
#define BASE_LAZY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct lazy_function {
    const char *name;
    void *at; /* a pointer to a pointer to a function */
} lazy_function;

/* Loads the library by its soname and finds its functions. Once for a library, which stays to the
 * end of the process. False: `problem` says why; else it is empty. */
bool lazy_load(const char *soname, const lazy_function *functions, size_t count, char problem[256]);

#endif
