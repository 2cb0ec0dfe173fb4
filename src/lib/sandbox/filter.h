/* The compiled filter of this executable: each process links exactly one, made from its policy by
 * policyc. */
#ifndef GHWARD_SANDBOX_FILTER_H
#define GHWARD_SANDBOX_FILTER_H

#include <linux/filter.h>

extern const char *const sandbox_filter_role;
extern const unsigned short sandbox_filter_syscalls; /* allowed for some argument */
extern const unsigned short sandbox_filter_length;   /* instructions */
extern const struct sock_filter sandbox_filter_code[];

#endif
