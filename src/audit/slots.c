/* Two slots in a small file. */
#include "audit/slots.h"

#include "lib/base/io.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void slots_init(struct slots *slots)
{
	*slots = (struct slots){.fd = -1};
}

static int put(const struct slots *slots, unsigned which)
{
	char text[AUDITLOG_SLOT_SIZE + 1];

	auditlog_format_slot(text, &slots->slot[which]);
	int status = io_pwrite_full(slots->fd, text, AUDITLOG_SLOT_SIZE,
				    (uint64_t)which * AUDITLOG_SLOT_SIZE);
	explicit_bzero(text, sizeof(text));
	return status;
}

int slots_open(struct slots *slots, int directory, const char *name)
{
	struct stat status;

	io_close(&slots->fd);
	slots->fd = auditlog_open(directory, name, O_RDWR | O_CREAT);
	if (slots->fd < 0 || fstat(slots->fd, &status) < 0 ||
	    auditlog_read_slots(slots->fd, slots->slot, 2) < 0)
		return -1;
	/* A new file has empty slots, not a hole in front of the first that is written. */
	return status.st_size == 0 && (put(slots, 0) < 0 || put(slots, 1) < 0) ? -1 : 0;
}

int slots_prepare(struct slots *slots, const struct auditlog_position *value)
{
	unsigned other = !slots->current;

	slots->slot[other] = *value;
	return put(slots, other) < 0 ? -1 : fdatasync(slots->fd);
}

void slots_choose(struct slots *slots, unsigned which)
{
	static const struct auditlog_position empty;
	struct auditlog_position *other = &slots->slot[!which];

	slots->current = which;
	if (memcmp(other->hash, empty.hash, sizeof(empty.hash)) == 0 && other->seq == 0)
		return;
	explicit_bzero(other, sizeof(*other));
	/* Should this fail, a secret that proves less than it did stays a while longer. */
	(void)!put(slots, !which);
}

void slots_settle(struct slots *slots)
{
	slots_choose(slots, !slots->current);
}

void slots_close(struct slots *slots)
{
	io_close(&slots->fd);
	explicit_bzero(slots->slot, sizeof(slots->slot));
}
