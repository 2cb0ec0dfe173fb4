/* The last words of a process that cannot go on. libjq ends the process where memory has come to
 * its end and where it finds itself in error; the broker shall hear why. */
#ifndef GHWARD_JQ_PARTING_H
#define GHWARD_JQ_PARTING_H

#include <stdint.h>

/* Builds the messages while there is memory for them; `limit` is that of memory, in bytes. */
void parting_prepare(uint64_t limit);

/* Each sends its message and ends the process. */
_Noreturn void parting_no_memory(void *unused);
_Noreturn void parting_confused(void);

#endif
