/* The broker among peers that do their worst: it stays alive and serves the others. */
#include "peers.h"

#include "broker/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

/* After this long nothing that should not come is waited for. */
#define QUIET_MS 300

#define SERVE_UNTIL(peers, condition)                                                              \
	for (int patience = 0; patience < 600 && !(condition) && !(peers)->broker_gone;            \
	     patience++)                                                                           \
	peers_serve(peers, 50)

static void expect_served(struct peers *peers)
{
	struct peer *client = peers_client(peers);

	peers_ask(client, JOB_ALERTS_VIEW); /* without a number: refused, on record */
	SERVE_UNTIL(peers, client->done);
	assert_true(client->done);
	assert_int_equal(client->failure.kind, FAILURE_USAGE);
	peers_hang_up(client);
	client->done = false;
}

static void test_a_client_in_a_hurry(void **state)
{
	struct peers peers;
	struct peer *client;

	(void)state;
	peers_start(&peers);
	client = peers_client(&peers);
	peers_ask(client, JOB_ALERTS_LIST);
	shutdown(client->fd, SHUT_RDWR);
	peers_serve(&peers, QUIET_MS);
	assert_false(peers.broker_gone);
	assert_null(peers_find(&peers, PEER_WORKER, 0));
	assert_null(peers_find(&peers, PEER_NET, 0));
	peers_configure(&peers, 10, 30000);
	peers_serve(&peers, QUIET_MS);
	expect_served(&peers);
	assert_int_equal(peers_stop(&peers), 0);
}

/* More than the channel to the audit writer holds. */
static void test_nonsense_waits_for_the_audit_log(void **state)
{
	struct peers peers;
	unsigned sent = 0;

	(void)state;
	peers_start(&peers);
	peers_configure(&peers, 10, 30000);
	/* Who comes before it is ready, and goes, is never read. */
	expect_served(&peers);
	SERVE_UNTIL(&peers, peers.clients_gone == 1);
	unsigned before = peers.clients_gone;
	peers.audit_deaf = true;
	for (; sent < 20000 && sent - (peers.clients_gone - before) < CLIENTS_MAX; sent++) {
		struct peer *client = peers_client(&peers);
		if (send(client->fd, "nonsense", 8, MSG_NOSIGNAL) < 0)
			break;
		peers_serve(&peers, 2);
		peers_hang_up(client);
	}
	peers_serve(&peers, QUIET_MS);
	assert_false(peers.broker_gone);
	assert_in_range(peers.clients_gone - before, 32, 128);
	peers.audit_deaf = false;
	SERVE_UNTIL(&peers, peers.clients_gone - before == sent);
	assert_int_equal(peers.clients_gone - before, sent);
	assert_int_equal(peers.violations, sent);
	expect_served(&peers);
	assert_int_equal(peers_stop(&peers), 0);
}

static void start_jobs(struct peers *peers, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		peers_ask(peers_client(peers), JOB_ALERTS_LIST);
	for (unsigned i = 0; i < count; i++) {
		const struct peer *worker = NULL;
		SERVE_UNTIL(peers, (worker = peers_find(peers, PEER_WORKER, i)) && worker->worked);
		assert_non_null(worker);
		assert_true(worker->worked);
	}
}

/* Together more than the broker may have descriptors: each call has a memfd. */
static void test_many_workers_ask_at_once(void **state)
{
	enum { JOBS = 60, CALLS = 64 };
	struct peers peers;
	unsigned answers = 0;

	(void)state;
	peers_start(&peers);
	peers_configure(&peers, CALLS, 30000);
	peers.net_mute = true;
	start_jobs(&peers, JOBS);
	for (unsigned i = 0; i < JOBS; i++) {
		for (uint32_t id = 0; id < CALLS; id++)
			peers_call(peers_find(&peers, PEER_WORKER, i), id, "2");
	}
	SERVE_UNTIL(&peers, peers.requests_open >= CALLS);
	peers_serve(&peers, QUIET_MS);
	assert_false(peers.broker_gone);
	assert_int_equal(peers.requests_open, CALLS);
	expect_served(&peers);
	while (answers < JOBS * CALLS && !peers.broker_gone) {
		peers_answer_all(&peers);
		peers_serve(&peers, 10);
		answers = 0;
		for (unsigned i = 0; i < JOBS; i++)
			answers += peers_find(&peers, PEER_WORKER, i)->answers;
	}
	assert_int_equal(peers.requests_most, CALLS);
	assert_int_equal(answers, JOBS * CALLS);
	assert_int_equal(peers_stop(&peers), 0);
}

/* Each answer holds a memfd of the broker's until it is read. */
static void test_a_worker_that_does_not_read(void **state)
{
	struct peers peers;
	uint32_t asked = 0;

	(void)state;
	peers_start(&peers);
	peers_configure(&peers, 10, 30000);
	start_jobs(&peers, 1);
	struct peer *worker = peers_find(&peers, PEER_WORKER, 0);
	worker->deaf = true;
	/* Never more at once than it may, but without taking an answer. */
	for (; asked < 3000; asked++) {
		peers_call(worker, asked, "2");
		peers_serve(&peers, peers.requests == asked + 1 ? 1 : 20);
		if (peers.requests + 5 < asked)
			break;
	}
	assert_false(peers.broker_gone);
	assert_in_range(asked, 6, 1000);
	expect_served(&peers);
	worker->deaf = false;
	SERVE_UNTIL(&peers, worker->answers == asked + 1);
	assert_int_equal(worker->answers, asked + 1);
	assert_int_equal(peers.violations, 0);
	assert_int_equal(peers_stop(&peers), 0);
}

static void test_a_worker_that_falls_silent_for_ever(void **state)
{
	struct peers peers;

	(void)state;
	peers_start(&peers);
	peers_configure(&peers, 10, 30000);
	start_jobs(&peers, 1);
	struct peer *client = peers_find(&peers, PEER_CLIENT, 0);
	shutdown(peers_find(&peers, PEER_WORKER, 0)->fd, SHUT_RDWR); /* but it does not end */
	peers_find(&peers, PEER_WORKER, 0)->deaf = true;
	SERVE_UNTIL(&peers, client->done);
	assert_true(client->done);
	assert_int_equal(client->failure.kind, FAILURE_INTERNAL);
	assert_null(peers_find(&peers, PEER_WORKER, 0));
	assert_int_equal(peers_stop(&peers), 0);
}

static void test_a_net_process_that_does_not_answer(void **state)
{
	struct peers peers;

	(void)state;
	peers_start(&peers);
	peers_configure(&peers, 10, 100);
	peers.net_mute = true;
	start_jobs(&peers, 1);
	struct peer *worker = peers_find(&peers, PEER_WORKER, 0);
	for (uint32_t id = 0; id < 5; id++)
		peers_call(worker, id, "2");
	SERVE_UNTIL(&peers, worker->answers == 5);
	assert_int_equal(worker->answers, 5);
	assert_null(peers_find(&peers, PEER_NET, 0));
	peers.net_mute = false;
	peers_call(worker, 9, "2");
	SERVE_UNTIL(&peers, worker->answers == 6);
	assert_int_equal(worker->answers, 6);
	assert_int_equal(peers_stop(&peers), 0);
}

/* One step of somebody, chosen at random. */
static void do_something(struct peers *peers, unsigned random)
{
	struct peer *worker = peers_find(peers, PEER_WORKER, random % 3);
	struct peer *client = peers_find(peers, PEER_CLIENT, random % 3);
	struct peer *net = peers_find(peers, PEER_NET, 0);

	switch (random / 8 % 15) {
	case 0:
		if (!peers_find(peers, PEER_CLIENT, 8))
			peers_ask_filtered(peers_client(peers),
					   random % 4 ? JOB_ALERTS_LIST : JOB_DOCTOR,
					   random % 4 == 1 ? "." : "");
		break;
	case 1:
		if (client)
			peers_ask(client, JOB_ALERTS_LIST); /* perhaps its second: a violation */
		break;
	case 2:
		if (client)
			peers_hang_up(client);
		break;
	case 3:
		if (client && send(client->fd, "nonsense", 8, MSG_NOSIGNAL) < 0)
			peers_hang_up(client);
		break;
	case 4:
		if (worker)
			peers_hang_up(worker);
		break;
	case 5:
		if (worker && send(worker->fd, "", 0, MSG_NOSIGNAL) < 0)
			peers_hang_up(worker);
		break;
	case 6:
		if (net && random % 8 == 0)
			peers_hang_up(net);
		break;
	case 7:
		if (net && random % 8 == 0 && send(net->fd, "nonsense", 8, MSG_NOSIGNAL) < 0)
			peers_hang_up(net);
		break;
	case 8:
		peers_answer_all(peers);
		break;
	case 10:
		if (worker)
			peers_greet(worker); /* once is permitted */
		break;
	case 11:
		for (unsigned i = 0; i < 8; i++) {
			struct peer *one = peers_find(peers, i % 2 ? PEER_WORKER : PEER_NET, i / 2);
			if (one)
				peers_greet(one);
		}
		break;
	case 13:
		if (worker && worker->worked)
			peers_finish(worker);
		break;
	case 12:
		if (peers_find(peers, PEER_DIAL, random % 2))
			peers_greet(peers_find(peers, PEER_DIAL, random % 2));
		break;
	case 9:
		peers->audit_deaf = random % 2;
		break;
	default:
		for (uint32_t id = 0; worker && worker->worked && id < random % 8; id++)
			peers_call(worker, id, random % 64 ? "2" : "none");
		break;
	}
}

static void test_anything_in_any_order(void **state)
{
	unsigned random = 1;
	struct peers peers;

	(void)state;
	for (unsigned round = 0; round < 6; round++) {
		peers_start(&peers);
		peers_configure(&peers, 10, 30000);
		peers.net_mute = true;
		for (unsigned step = 0; step < 400; step++) {
			random = random * 1103515245u + 12345u;
			do_something(&peers, random >> 16);
			peers_serve(&peers, step % 8 ? 0 : 2);
			peers.requests_open %= 1024;
		}
		peers.audit_deaf = false;
		for (unsigned i = 0; i < peers.count; i++)
			if (peers.all[i].kind == PEER_CLIENT)
				peers_hang_up(&peers.all[i]);
		peers_serve(&peers, QUIET_MS);
		expect_served(&peers);
		assert_int_equal(peers_stop(&peers), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_client_in_a_hurry),
		cmocka_unit_test(test_nonsense_waits_for_the_audit_log),
		cmocka_unit_test(test_many_workers_ask_at_once),
		cmocka_unit_test(test_a_worker_that_does_not_read),
		cmocka_unit_test(test_a_worker_that_falls_silent_for_ever),
		cmocka_unit_test(test_a_net_process_that_does_not_answer),
		cmocka_unit_test(test_anything_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
