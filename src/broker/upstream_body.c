/* Descriptors of requests. */
#include "broker/upstream_body.h"

#include "broker/grant.h"
#include "lib/base/io.h"
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Headers lag behind the kernel; value from linux/memfd.h. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

static bool is_kept(enum operation_answer answer)
{
	return answer == ANSWER_OPEN || answer == ANSWER_GIT;
}

static int new_memory(void)
{
	int fd = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	/* Kernels before 6.3 do not know the flag; there a memfd is merely executable for nobody
	 * here. */
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, (off_t)GRANT_BODY_MAX) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)
		fatal("cannot make memory for an answer: %m");
	return fd;
}

void upstream_body_open(struct upstream_body *body, const struct upstream_order *order)
{
	body->answer = is_kept(order->answer) ? new_memory() : order->sink;
	body->request = order->answer == ANSWER_STREAM ? order->request : -1;
}

void upstream_body_close(struct upstream_body *body)
{
	io_close(&body->answer);
	io_close(&body->request);
}

void upstream_body_put(struct upstream_body *body, enum operation_answer answer,
		       struct ipc_message *message)
{
	if (is_kept(answer)) {
		ipc_put_fd(message, fcntl(body->answer, F_DUPFD_CLOEXEC, 0));
		return;
	}
	if (answer == ANSWER_STREAM)
		ipc_put_fd(message, body->request);
	ipc_put_fd(message, body->answer);
	body->request = body->answer = -1;
}

uint64_t upstream_body_cap(const struct upstream_order *order)
{
	switch (order->answer) {
	case ANSWER_SECRET:
		return UPSTREAM_SECRET_MAX;
	case ANSWER_STREAM:
		return order->most_bytes;
	default:
		return GRANT_BODY_MAX;
	}
}

int upstream_body_seal(const struct upstream_body *body, enum operation_answer answer)
{
	return is_kept(answer) ? fcntl(body->answer, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) : 0;
}

bool upstream_takes_request(int fd)
{
	const int needed = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat status;

	return seals >= 0 && (seals & needed) == needed && fstat(fd, &status) == 0 &&
	       status.st_size >= 0 && (uint64_t)status.st_size <= UPSTREAM_REQUEST_MAX;
}
