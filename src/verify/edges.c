/* The files head and seal. */
#include "verify/edges.h"

#include "lib/auditlog/directory.h"
#include "lib/base/io.h"

#include <fcntl.h>
#include <string.h>

#define LOOKS 100u

/* Two looks that agree are the truth. Returns the length, 0 for nothing. */
static size_t read_twice(int directory, const char *name, char *text, size_t size)
{
	char other[EDGES_SEAL_SIZE];
	IO_AUTOCLOSE int fd = auditlog_open(directory, name, O_RDONLY);
	ssize_t got = 0;

	for (unsigned look = 0; fd >= 0 && look < LOOKS; look++) {
		got = io_pread_full(fd, text, size, 0);
		ssize_t again = io_pread_full(fd, other, size, 0);
		if (got < 0 || again < 0)
			return 0;
		if (got == again && memcmp(text, other, (size_t)got) == 0)
			break;
	}
	return (size_t)got;
}

bool edges_read_head(int directory, struct auditlog_position *head)
{
	static const uint8_t nothing[AUDITLOG_HASH_SIZE];
	char text[AUDITLOG_SLOT_SIZE];
	size_t length = read_twice(directory, AUDITLOG_HEAD_NAME, text, sizeof(text));

	/* A slot is empty or has a hash. */
	return auditlog_parse_slot(text, length, head) == 0 &&
	       (head->seq != 0) == (memcmp(head->hash, nothing, sizeof(nothing)) != 0);
}

size_t edges_read_seal(int directory, char text[EDGES_SEAL_SIZE])
{
	return read_twice(directory, AUDITLOG_SEAL_NAME, text, EDGES_SEAL_SIZE);
}
