/* ghward-audit itself, behind its sandbox, with the test as its broker. */
#ifndef GHWARD_TESTS_PROCESS_H
#define GHWARD_TESTS_PROCESS_H

#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"

#include <sys/types.h>

struct process {
	pid_t pid;
	int channel;
	uint32_t sent, durable;
	char failed[1024];
	struct sandbox_report report; /* of its hello */
	char note[1024];	      /* the last checkpoint that was asked for */
};

struct process process_start(int directory);

/* Small segments from now on; before anything else is sent. */
void process_rotate_often(struct process *);

void process_send(struct process *, const struct audit_event *);

/* A small record; the intent of one that process_close() closes. Returns its id. */
uint32_t process_append(struct process *);
uint32_t process_begin(struct process *);
void process_close(struct process *, uint32_t intent);

/* Handles one message. Returns false at the end. */
bool process_receive(struct process *);
void process_wait_until_durable(struct process *);

/* Ends as the broker does; returns the process's status. */
int process_stop(struct process *);
/* Kills it, takes what it had said, and reaps it. */
void process_kill(struct process *);

#endif
