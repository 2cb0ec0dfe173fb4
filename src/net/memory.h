/* Allocation functions that wipe whatever is given back, for the libraries that copy the token
 * around. */
#ifndef GHWARD_NET_MEMORY_H
#define GHWARD_NET_MEMORY_H

/* Starts libcurl, and with it mbedTLS and its PSA core, on wiping allocators. Ends the process on
 * failure. Before the sandbox: libcurl looks what the kernel offers. */
void memory_start_libraries(void);
void memory_stop_libraries(void);

#endif
