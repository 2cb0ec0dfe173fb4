/* The keys in tests/unit/pem/keys: made with openssl(1) for these tests, used nowhere else. */
#ifndef GHWARD_TESTS_PEM_KEYS_H
#define GHWARD_TESTS_PEM_KEYS_H

#include "lib/pem/pem.h"

#include <stdio.h>

#define KEY_TEXT_MAX 8192u

/* The text of a file there; 0 when it cannot be read. */
static inline size_t read_key_text(const char *name, uint8_t text[KEY_TEXT_MAX])
{
	char path[128];

	snprintf(path, sizeof(path), "tests/unit/pem/keys/%s.pem", name);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	size_t length = fread(text, 1, KEY_TEXT_MAX, file);
	fclose(file);
	return length;
}

/* Its DER; 0 when it has none. */
static inline size_t read_key(const char *name, uint8_t der[KEY_TEXT_MAX])
{
	size_t length = read_key_text(name, der);

	return pem_rsa_key(der, &length) == PEM_FINE ? length : 0;
}

#endif
