/* ghward --version. */
#ifndef GHWARD_CLI_VERSION_H
#define GHWARD_CLI_VERSION_H

#include <stdbool.h>

/* Prints the version of ghward and those of its libraries: of static ones what is in the programs,
 * of shared ones what it was built with, since this process loads none of them. */
void version_print(bool json);

#endif
