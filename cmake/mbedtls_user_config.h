/* What ghward takes away from, and adds to, mbedTLS's default configuration. */
#undef MBEDTLS_PSA_CRYPTO_STORAGE_C
#undef MBEDTLS_PSA_ITS_FILE_C
#undef MBEDTLS_SSL_SRV_C
#undef MBEDTLS_SELF_TEST
#undef MBEDTLS_SSL_PROTO_DTLS
#undef MBEDTLS_SSL_DTLS_ANTI_REPLAY
#undef MBEDTLS_SSL_DTLS_HELLO_VERIFY
#undef MBEDTLS_SSL_DTLS_CLIENT_PORT_REUSE
#undef MBEDTLS_SSL_DTLS_CONNECTION_ID
#undef MBEDTLS_SSL_DTLS_CONNECTION_ID_COMPAT
#undef MBEDTLS_SSL_DTLS_SRTP
/* So that keys can live in protected memory. */
#define MBEDTLS_PLATFORM_MEMORY
/* What goes into PSA and comes out is nobody else's memory. Otherwise it keeps a copy of each on its
 * heap, which for us is the arena: checking a vault's MAC would need room for the vault there. */
#define MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS
