/* The textual encoding around a key: lines, labels, base64. */
#ifndef GHWARD_PEM_ARMOUR_H
#define GHWARD_PEM_ARMOUR_H

#include "lib/pem/pem.h"

enum pem_form { PEM_FORM_PKCS1, PEM_FORM_PKCS8 };

/* Decodes the one block of a text in place: bytes[0, *length) is DER then. */
enum pem_fault pem_decode(uint8_t *bytes, size_t *length, enum pem_form *form)
	__attribute__((warn_unused_result, nonnull));

#endif
