/* The certificate authorities that a server's certificate may lead to, and the TLS rules that go
 * with them. */
#ifndef GHWARD_NET_ROOTS_H
#define GHWARD_NET_ROOTS_H

#include "lib/failure/failure.h"

#include <curl/curl.h>
#include <mbedtls/ssl.h>

/* Largest PEM bundle that is read; a whole system's is about 220 KiB. */
#define ROOTS_BYTES_MAX (4u << 20)

struct roots {
	mbedtls_x509_crt chain;
	/* FAILURE_NONE, or why no connection can be trusted. */
	struct failure failure;
	/* What was wrong with the last certificate refused: MBEDTLS_X509_BADCERT_*. */
	uint32_t refused;
};

/* Reads the bundle from fd, from its beginning, and parses it. Trouble is kept in `failure`, so
 * that each request can say it. */
void roots_load(struct roots *, int fd) __attribute__((nonnull));
void roots_free(struct roots *) __attribute__((nonnull));

/* CURLOPT_SSL_CTX_FUNCTION with the struct roots as its data: these authorities and no others, a
 * valid certificate always required, AEAD suites with forward secrecy only, tickets, no
 * renegotiation. */
CURLcode roots_configure(CURL *, void *tls_config, void *roots);

#endif
