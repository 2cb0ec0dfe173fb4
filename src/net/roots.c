/* Certificate authorities and TLS rules. */
#include "net/roots.h"

#include "lib/base/io.h"
#include "lib/base/log.h"

#include <errno.h>
#include <mbedtls/error.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HINT "Check the bundle of certificate authorities (GHWARD_CA_FILE); it has to be PEM."

/* AES-GCM first: common processors have instructions for it. Nothing without forward secrecy, and
 * no CBC. */
static const int suites[] = {
	MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
	MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
	MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	0,
};

/* Returns the bundle with the NUL that mbedTLS wants, or NULL with errno. */
static char *read_bundle(int fd, size_t *size)
{
	struct stat status;
	char *text;

	if (fstat(fd, &status) < 0)
		return NULL;
	if (status.st_size < 0 || (uint64_t)status.st_size > ROOTS_BYTES_MAX) {
		errno = EFBIG;
		return NULL;
	}
	text = malloc((size_t)status.st_size + 1);
	if (!text)
		return NULL;
	/* Not read(2): another process may hold the same open file and have moved its offset. */
	ssize_t got = io_pread_full(fd, text, (size_t)status.st_size, 0);
	if (got < 0) {
		free(text);
		return NULL;
	}
	text[got] = '\0';
	*size = (size_t)got + 1;
	return text;
}

void roots_load(struct roots *roots, int fd)
{
	size_t size = 0;
	char reason[128];

	memset(roots, 0, sizeof(*roots));
	mbedtls_x509_crt_init(&roots->chain);
	char *text = read_bundle(fd, &size);
	if (!text) {
		failure_set(&roots->failure, FAILURE_TLS, HINT,
			    "cannot read the certificate authorities: %s", strerror(errno));
		return;
	}
	/* Positive: so many certificates of the bundle could not be parsed. */
	int status = mbedtls_x509_crt_parse(&roots->chain, (unsigned char *)text, size);
	free(text);
	if (roots->chain.raw.p) {
		if (status > 0)
			log_write(LOG_LEVEL_WARNING,
				  "%d certificate authorities cannot be parsed and are not trusted",
				  status);
		return;
	}
	if (status < 0)
		mbedtls_strerror(status, reason, sizeof(reason));
	failure_set(&roots->failure, FAILURE_TLS, HINT,
		    "there is no certificate authority to trust: %s",
		    status < 0 ? reason : "the bundle holds no certificate that can be parsed");
}

void roots_free(struct roots *roots)
{
	mbedtls_x509_crt_free(&roots->chain);
}

/* Only looks on: the flags are left as they are, and any flag fails the handshake. */
static int note_refusal(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
	struct roots *roots = context;

	(void)certificate;
	(void)depth;
	if (*flags)
		roots->refused = *flags;
	return 0;
}

CURLcode roots_configure(CURL *curl, void *tls_config, void *context)
{
	mbedtls_ssl_config *config = tls_config;
	struct roots *roots = context;

	(void)curl;
	mbedtls_ssl_conf_ca_chain(config, &roots->chain, NULL);
	mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_verify(config, note_refusal, roots);
	/* libcurl would accept SHA-1 and RSA of 1024 bits. */
	mbedtls_ssl_conf_cert_profile(config, &mbedtls_x509_crt_profile_default);
	mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_ciphersuites(config, suites);
	mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
	mbedtls_ssl_conf_session_tickets(config, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
	return CURLE_OK;
}
