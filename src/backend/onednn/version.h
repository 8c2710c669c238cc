/* Which oneDNN is loaded, for `mica info`. */
#ifndef BACKEND_ONEDNN_VERSION_H
#define BACKEND_ONEDNN_VERSION_H

/* "2.6.0", and what it was built for where that is another: "3.2.0 (built for 3.1.0)". */
void onednn_version(char out[64]);

#endif
