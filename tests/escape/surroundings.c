/* What acts find when they are tried: a victim, a listener, a terminal and so on. */
#include "escape.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

struct surroundings surroundings;

static _Noreturn void give_up(const char *what)
{
	perror(what);
	_exit(EXIT_FAILURE);
}

/* Moves a descriptor to its number. The sandbox makes it close-on-exec. */
static void place(int fd, int number, const char *what)
{
	if (fd < 0 || (fd != number && dup2(fd, number) < 0))
		give_up(what);
	if (fd != number)
		close(fd);
}

static void place_channel(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		give_up("a socket pair");
	/* Away from the numbers that are filled here. */
	int other = fcntl(ends[1], F_DUPFD_CLOEXEC, FD_LAST + 1);
	place(ends[0], FD_CHANNEL_END, "the channel");
	place(other, FD_OTHER_END, "the other end");
}

static int life_end = -1;

static void start_life(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		give_up("a pipe");
	life_end = fcntl(ends[0], F_DUPFD_CLOEXEC, FD_LAST + 1);
	close(ends[0]);
	place(ends[1], FD_LIFE, "a pipe");
}

/* A process that keeps what is open now, does nothing, and ends with this one. (Not by
 * PR_SET_PDEATHSIG: the signal of a parent in a Landlock domain does not reach a child outside of
 * it.) */
static pid_t start_bystander(void)
{
	pid_t pid = fork();
	char byte;

	if (pid < 0)
		give_up("a process");
	if (pid == 0) {
		close(FD_LIFE);
		_exit(read(life_end, &byte, 1) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	return pid;
}

/* Nobody accepts, but the kernel completes connections. */
static uint16_t start_listener(void)
{
	struct sockaddr_in name = {.sin_family = AF_INET};
	socklen_t size = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, size) < 0 || listen(fd, 8) < 0 ||
	    getsockname(fd, (struct sockaddr *)&name, &size) < 0)
		give_up("a listener");
	start_bystander();
	close(fd);
	return ntohs(name.sin_port);
}

/* Listens in a process of its own, as the sandbox closes what is not listed. */
static const char *start_datagram_listener(const char *directory)
{
	static struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s/socket", directory);
	unlink(name.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		give_up("a datagram socket");
	start_bystander();
	close(fd);
	return name.sun_path;
}

/* A terminal of this process's own session, as TIOCSTI needs. */
static int open_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || unlockpt(master) < 0)
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	int terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0)
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	/* Losing it, as an act that executes something does, must not end the process. */
	signal(SIGHUP, SIG_IGN);
	setsid();
	ioctl(terminal, TIOCSCTTY, 0);
	/* The sandbox closes it here, but the bystanders keep it. */
	if (fcntl(master, F_DUPFD_CLOEXEC, FD_LAST + 1) < 0)
		give_up("a terminal");
	close(master);
	return terminal;
}

static int open_memory(void)
{
	int fd = memfd_create("memory", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, sysconf(_SC_PAGESIZE)) < 0)
		give_up("a memfd");
	return fd;
}

/* Of "/" there is none. */
static int open_second(const char *directory)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.second", directory);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : fd;
}

void surroundings_set_up_bare(const char *directory, unsigned last)
{
	/* Every number is taken first, so that nothing lands on one that is still to be placed. */
	for (int fd = FD_CHANNEL_END; fd <= FD_LAST; fd++) {
		if (dup2(STDIN_FILENO, fd) < 0)
			give_up("a descriptor");
	}
	place_channel();
	place(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), FD_DIRECTORY, directory);
	place(open_second(directory), FD_SECOND, directory);
	for (int fd = (int)last + 1; fd <= FD_LAST; fd++)
		close(fd);
}

void surroundings_set_up(const char *directory)
{
	surroundings_set_up_bare(directory, FD_LAST);
	surroundings.directory = directory;
	surroundings.page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (surroundings.page == MAP_FAILED)
		give_up("a page");
	place(open_terminal(), FD_TERMINAL, "a terminal");
	start_life();
	surroundings.victim = start_bystander();
	surroundings.port = start_listener();
	surroundings.pathname = start_datagram_listener(directory);
	place(open("/bin/true", O_PATH | O_CLOEXEC), FD_PROGRAM, "/bin/true");
	place(open("/bin/true", O_RDONLY | O_CLOEXEC), FD_LIBRARY, "/bin/true");
	place((int)syscall(SYS_pidfd_open, surroundings.victim, 0), FD_VICTIM, "a pidfd");
	place(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), FD_TCP, "a TCP socket");
	place(open_memory(), FD_MEMORY, "a memfd");
}
