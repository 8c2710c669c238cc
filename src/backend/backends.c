/* The backends of this build, best first. */
#include "backend/kernel.h"

extern const backend backend_cpu, backend_reference;

const backend *const *backends(void) {
    static const backend *const all[] = {
        &backend_cpu, &backend_reference, NULL};
    return all;
}
