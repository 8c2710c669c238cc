/* The backends of this build, best first. */
#include "backend/kernel.h"

#include "build_config.h"

#include <stddef.h>

extern const backend backend_cpu_ahead, backend_onednn, backend_cpu, backend_reference;

const backend *const *backends(void) {
    static const backend *const all[] = {
#ifdef HAVE_ONEDNN
        &backend_cpu_ahead, &backend_onednn,
#endif
        &backend_cpu, &backend_reference, NULL};
#ifdef HAVE_ONEDNN
    if (!backend_onednn.available()) return all + 2; /* another oneDNN than it was built for */
#endif
    return all;
}
