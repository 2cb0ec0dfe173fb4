/* ghward-verify as a program of its own. */
#include "verify/bundle_check.h"

#include "lib/base/io.h"
#include "lib/base/memory.h"
#include "lib/sandbox/roles.h"
#include "verify/bundle.h"
#include "verify/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
	"Usage: ghward-verify BUNDLE PUB\n"
	"\n"
	"Checks a bundle of audit records, as ghward audit export --bundle makes it, without\n"
	"network and without the log.\n"
	"\n"
	"  BUNDLE   the file\n"
	"  PUB      the log's first public key, as ghward audit pubkey printed it, or a file\n"
	"           with it. It must not come from whom the bundle comes from.\n"
	"\n"
	"Exit status: 0 when every record in the bundle is proved to be the log's, else 1.\n";

/* Without stdio, which would ask whether this is a terminal. */
static void __attribute__((format(printf, 2, 3))) say(int fd, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(text))
		length = (int)sizeof(text) - 1;
	if (io_write_full(fd, text, (size_t)length) < 0)
		exit(EXIT_FAILURE);
}

/* The key itself, or a file with it. Returns 0, or -1. */
static int read_key(const char *name, struct note_key *key)
{
	char text[2 * NOTE_KEY_SIZE];

	if (note_key_parse(name, strlen(name), key) == 0)
		return 0;
	IO_AUTOCLOSE int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t got = fd < 0 ? -1 : io_read_full(fd, text, sizeof(text));
	if (got < 0) {
		say(STDERR_FILENO, "ghward-verify: cannot read the key %s: %s\n", name,
		    strerror(errno));
		return -1;
	}
	if (note_key_parse(text, (size_t)got, key) < 0) {
		say(STDERR_FILENO,
		    "ghward-verify: %s is not the public key of an audit log; give what ghward "
		    "audit pubkey printed\n",
		    name);
		return -1;
	}
	return 0;
}

/* Opens the bundle as the descriptor that the sandbox keeps. */
static int open_bundle(const char *name)
{
	struct stat status;
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd >= 0 && fstat(fd, &status) == 0 && !S_ISREG(status.st_mode)) {
		io_close(&fd);
		errno = EINVAL;
	}
	if (fd >= 0 && fd != STDERR_FILENO + 1) {
		int wanted = dup3(fd, STDERR_FILENO + 1, O_CLOEXEC);
		io_close(&fd);
		fd = wanted;
	}
	if (fd < 0)
		say(STDERR_FILENO, "ghward-verify: cannot read the bundle %s: %s\n", name,
		    errno == EINVAL ? "it is not a file" : strerror(errno));
	return fd;
}

/* As the process that reads a log, but with no directory to read. */
static int confine(void)
{
	struct sandbox_report report;
	struct sandbox_spec spec;

	if (sandbox_role_spec("verify", &(struct sandbox_variables){0}, &spec) < 0)
		return -1;
	spec.last_fd = STDERR_FILENO + 1;
	spec.session = SANDBOX_SAME_SESSION;
	spec.parent = SANDBOX_OUTLIVE_PARENT;
	spec.landlock.path_count = 0;
	spec.limits.file_size = 0; /* standard output may be a file */
	return sandbox_enter(&spec, &report);
}

static int take_line(void *context, const char *line, size_t length, uint64_t offset)
{
	(void)offset;
	return bundle_line(context, line, length);
}

static const char *check(struct bundle *bundle, int fd)
{
	struct reader reader = {.fd = fd, .buffer = memory_new(READER_SIZE + AUDITLOG_LINE_MAX)};
	const char *error = NULL;

	switch (reader_lines(&reader, UINT64_MAX, take_line, bundle)) {
	case READER_STOPPED:
		error = bundle->error;
		break;
	case READER_TORN:
		error = "it breaks off within a line";
		break;
	case READER_TOO_LONG:
		error = "a line is longer than any record";
		break;
	case READER_FAILED:
		error = strerror(errno);
		break;
	case READER_REACHED:
	case READER_AT_END:
		error = bundle_finish(bundle) < 0 ? bundle->error : NULL;
		break;
	}
	free(reader.buffer);
	return error;
}

static void print_summary(const struct bundle *bundle)
{
	const uint8_t *key = bundle->key.id, *yours = bundle->first_key.id;

	say(STDOUT_FILENO, "The bundle is genuine: %" PRIu64 " record%s of the log %s.\n",
	    bundle->records, bundle->records == 1 ? "" : "s", bundle->checkpoint.origin);
	if (bundle->records)
		say(STDOUT_FILENO,
		    "Records    %" PRIu64 " to %" PRIu64
		    ", each as it was written and in its place.\n",
		    bundle->first_seq, bundle->seq);
	say(STDOUT_FILENO,
	    "Log        %" PRIu64 " records long when it was signed.\n"
	    "Signature  by key %" PRIu64 " of the log (%02x%02x%02x%02x), for which your key "
	    "(%02x%02x%02x%02x) vouches.\n",
	    bundle->checkpoint.size, bundle->keys, key[0], key[1], key[2], key[3], yours[0],
	    yours[1], yours[2], yours[3]);
}

int bundle_main(int argc, char **argv)
{
	struct note_key key;
	struct bundle bundle;

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		say(STDOUT_FILENO, "%s", usage);
		return EXIT_SUCCESS;
	}
	if (argc != 3) {
		say(STDERR_FILENO, "%s", usage);
		return EXIT_FAILURE;
	}
	int fd = read_key(argv[2], &key) < 0 ? -1 : open_bundle(argv[1]);
	if (fd < 0)
		return EXIT_FAILURE;
	if (confine() < 0) {
		say(STDERR_FILENO, "ghward-verify: cannot confine itself at %s: %s\n",
		    sandbox_failed_step(), strerror(errno));
		return EXIT_FAILURE;
	}
	bundle_begin(&bundle, &key);
	const char *error = check(&bundle, fd);
	if (error) {
		say(STDERR_FILENO, "ghward-verify: the bundle proves nothing: %s\n", error);
		return EXIT_FAILURE;
	}
	print_summary(&bundle);
	return EXIT_SUCCESS;
}
