/* Private keys in PEM: what is accepted is one RSA key, however its text is laid out; of what is
 * refused nothing stays. */
#include "lib/base/base64.h"
#include "lib/crypto/rsa.h"
#include "lib/pem/pem.h"

#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return crypto_start(NULL, NULL);
}

/* Loads from memory of the text's exact size; the DER is returned, to be freed. */
static uint8_t *load(const void *text, size_t length, enum pem_fault *fault, size_t *size)
{
	uint8_t *bytes = malloc(length ? length : 1);

	require(bytes != NULL);
	memcpy(bytes, text, length);
	*size = length;
	*fault = pem_rsa_key(bytes, size);
	require(*fault < PEM_FAULTS && *pem_fault_text(*fault));
	require(*fault == PEM_FINE ? *size < length : *size == 0);
	for (size_t i = *size; i < length; i++)
		require(bytes[i] == 0);
	return bytes;
}

/* The text of a key gives the same DER, or the same fault where there is none. */
static void require_same(const void *text, size_t length, enum pem_fault expected,
			 const uint8_t *der, size_t size)
{
	enum pem_fault fault;
	size_t again_size;
	uint8_t *again = load(text, length, &fault, &again_size);

	require(fault == expected && again_size == size && memcmp(again, der, size) == 0);
	free(again);
}

static char *armour(const uint8_t *der, size_t size, const char *label, size_t *length)
{
	const size_t room = 128 + BASE64_LENGTH(size);
	char *text = malloc(room), *at = text;

	require(text != NULL);
	at += snprintf(at, room, "-----BEGIN %s-----\n", label);
	base64_encode(der, size, at);
	at += BASE64_LENGTH(size);
	at += snprintf(at, room - (size_t)(at - text), "\n-----END %s-----\n", label);
	*length = (size_t)(at - text);
	return text;
}

/* With the two characters "\n" for each line feed. */
static char *escape(const char *text, size_t length, size_t *escaped_length)
{
	char *escaped = malloc(2 * length + 1), *at = escaped;

	require(escaped != NULL);
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			*at++ = '\\';
		*at++ = text[i] == '\n' ? 'n' : text[i];
	}
	*escaped_length = (size_t)(at - escaped);
	return escaped;
}

static void check(const void *text, size_t length)
{
	enum pem_fault fault;
	size_t size, armoured_length;
	uint8_t *der = load(text, length, &fault, &size);

	if (fault == PEM_FINE) {
		require(crypto_rsa_check((struct crypto_bytes){der, size}) == 0);
		char *armoured = armour(der, size, "RSA PRIVATE KEY", &armoured_length);
		require_same(armoured, armoured_length, PEM_FINE, der, size);
		free(armoured);
	}
	/* But for words before the key, where a label may become whole or broken by it. */
	if (length >= 11 && memcmp(text, "-----BEGIN ", 11) == 0 &&
	    memchr(text, '\\', length) == NULL) {
		char *escaped = escape(text, length, &armoured_length);
		require_same(escaped, armoured_length, fault, der, size);
		free(escaped);
	}
	free(der);
}

/* The first byte says whether the rest is a text, or DER that is to be put into one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const labels[] = {NULL, "RSA PRIVATE KEY", "PRIVATE KEY"};
	size_t length;

	if (size < 1 || size > 16384)
		return 0;
	const char *label = labels[data[0] % 3];
	if (!label) {
		check(data + 1, size - 1);
		return 0;
	}
	char *text = armour(data + 1, size - 1, label, &length);
	check(text, length);
	free(text);
	return 0;
}
