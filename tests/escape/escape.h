/* Forbidden acts, for a process that has entered the sandbox of a role. */
#ifndef GHWARD_TESTS_ESCAPE_H
#define GHWARD_TESTS_ESCAPE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Descriptors that an act finds; set up before the sandbox, which keeps 0 to FD_LAST. */
enum {
	FD_CHANNEL_END = 3, /* connected SEQPACKET socket; nothing ever comes */
	FD_DIRECTORY,	    /* the directory of the command line */
	FD_SECOND,	    /* another directory beside it, with ".second" behind its name */
	FD_OTHER_END,	    /* the other end of the channel */
	FD_LIFE,	    /* its closing ends the processes that were started beside */
	FD_PROGRAM,	    /* /bin/true, O_PATH */
	FD_LIBRARY,	    /* /bin/true, for reading */
	FD_TERMINAL, /* a pseudo-terminal that is this session's own; /dev/null where there is none
		      */
	FD_VICTIM,   /* pidfd of the victim */
	FD_TCP,	     /* an unconnected TCP socket */
	FD_MEMORY,   /* a memfd of one page */
	FD_LAST = FD_MEMORY,
};

/* What an act finds besides. */
struct surroundings {
	pid_t victim;	       /* a child of this process that only sleeps */
	uint16_t port;	       /* a TCP port of 127.0.0.1 that listens */
	void *page;	       /* a page that may be read and written */
	const char *directory; /* as on the command line */
	const char *pathname;  /* a unix datagram socket in the directory */
};
extern struct surroundings surroundings;

/* One act. It returns a value >= 0 when it succeeded, or -1 with errno. Where it succeeds, it may
 * undo nothing: the process ends. */
struct act {
	const char *name;
	long (*perform)(void);
};

extern const struct act acts_on_files[], acts_on_network[], acts_on_processes[], acts_on_kernel[];
extern const size_t acts_on_files_count, acts_on_network_count, acts_on_processes_count,
	acts_on_kernel_count;

/* Fills `surroundings` and descriptors 3 to FD_LAST; ends the process when that fails. */
void surroundings_set_up(const char *directory);

/* Fills descriptors 3 to `last` with as little as a role needs; ends the process when that fails.
 */
void surroundings_set_up_bare(const char *directory, unsigned last);

#endif
