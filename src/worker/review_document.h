/* Formats that have a JSON object on a line of its own for each record. */
#ifndef GHWARD_WORKER_REVIEW_DOCUMENT_H
#define GHWARD_WORKER_REVIEW_DOCUMENT_H

#include "lib/json/write.h"
#include "worker/review.h"

/* A line as text in JSON takes three times its size at most, and each document has it twice: as a
 * whole and in its parts. */
#define REVIEW_DOCUMENT_SIZE (8u * AUDITLOG_LINE_MAX)

/* A review's state, to be made and freed by these two. */
void review_document_new(struct review *) __attribute__((nonnull));
void review_document_free(struct review *) __attribute__((nonnull));

/* The writer of the next document, which begins with its opening brace; and its end. */
struct json_writer *review_document_begin(struct review *)
	__attribute__((returns_nonnull, nonnull));
void review_document_end(struct review *) __attribute__((nonnull));

/* A member that is left out when it is "". */
void review_put(struct json_writer *, const char *key, const char *text) __attribute__((nonnull));
void review_put_number(struct json_writer *, const char *key, uint64_t) __attribute__((nonnull));

/* The record's details as an object of texts. */
void review_put_details(struct json_writer *, const char *key, const struct record *)
	__attribute__((nonnull));

/* "ghward-audit/0123456789ab#42": one record of all logs. */
#define REVIEW_UID_SIZE 64u
void review_uid(const struct record *, uint64_t seq, char uid[REVIEW_UID_SIZE])
	__attribute__((nonnull));

/* "alerts.update of acme/shop#7 by uid:1000: answered" */
#define REVIEW_SUMMARY_SIZE 4096u
void review_summary(const struct record *, char text[REVIEW_SUMMARY_SIZE]) __attribute__((nonnull));

/* An HTTP status that is among the details, 0 if there is none. */
uint64_t review_status(const struct record *) __attribute__((nonnull));

#endif
