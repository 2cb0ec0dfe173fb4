/* ghward-net: HTTPS for one credential, on sockets that another process connects. */
#include "lib/base/log.h"
#include "lib/ipc/protocol.h"
#include "lib/sandbox/roles.h"
#include "net/memory.h"
#include "net/net.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

/* libcurl may open a wake-up descriptor of its own. The sandbox keeps only the numbers it knows, so
 * that one takes the number that the roots no longer need; if there is none, the number is filled.
 */
static CURLM *new_multi(void)
{
	close(FD_NET_ROOTS);
	CURLM *multi = curl_multi_init();
	if (!multi || (fcntl(FD_NET_ROOTS, F_GETFD) < 0 &&
		       fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, FD_NET_ROOTS) != FD_NET_ROOTS))
		fatal("cannot start libcurl");
	return multi;
}

int main(void)
{
	struct sandbox_report report;
	static struct roots roots;

	/* Checking the dates of a certificate asks for the time zone, whose file is out of reach
	 * later. */
	tzset();
	memory_start_libraries();
	roots_load(&roots, FD_NET_ROOTS);
	CURLM *multi = new_multi();
	if (sandbox_enter_role("net", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine ghward-net at %s: %m", sandbox_failed_step());

	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, &report);
	net_serve(multi, &roots, hello);
	roots_free(&roots);
	memory_stop_libraries();
	return 0;
}
