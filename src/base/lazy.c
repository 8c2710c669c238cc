/* See lazy.h. */
#include "base/lazy.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

bool lazy_load(const char *soname, const lazy_function *functions, size_t count,
               char problem[256]) {
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *why = dlerror();
        snprintf(problem, 256, "%s", why ? why : soname);
    }
    for (size_t i = 0; library && i < count; i++) {
        void *found = dlsym(library, functions[i].name);
        memcpy(functions[i].at, &found, sizeof found); /* ISO C knows no cast to functions */
        if (found) continue;
        snprintf(problem, 256, "%s has no %s", soname, functions[i].name);
        return false;
    }
    if (library) problem[0] = 0;
    return library != NULL;
}
