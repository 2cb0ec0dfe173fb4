/* Acts on sockets. */
#include "escape.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static struct sockaddr_in loopback(uint16_t port)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return name;
}

static long connect_to(int fd, uint16_t port)
{
	struct sockaddr_in name = loopback(port);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&name, sizeof(name));
}

static long socket_tcp(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long socket_udp(void)
{
	return socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static long socket_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long socket_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
}

static long socket_raw(void)
{
	return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
}

static long socket_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
}

static long socket_mptcp(void)
{
	return connect_to(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP),
			  surroundings.port);
}

/* Of a socket that the process holds, to a port that its Landlock domain does not name. */
static long connect_held(void)
{
	return connect_to(FD_TCP, surroundings.port);
}

static long connect_new(void)
{
	return connect_to(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), surroundings.port);
}

static long connect_by_sending(void)
{
	struct sockaddr_in name = loopback(surroundings.port);

	return sendto(FD_TCP, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&name,
		      sizeof(name));
}

static long bind_port(void)
{
	struct sockaddr_in name = loopback(0);

	return bind(FD_TCP, (struct sockaddr *)&name, sizeof(name));
}

static long listen_held(void)
{
	return listen(FD_TCP, 1);
}

static long reach_pathname(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int ends[2];

	strncpy(name.sun_path, surroundings.pathname, sizeof(name.sun_path) - 1);
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	return sendto(ends[0], "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&name, sizeof(name));
}

static long pass_descriptor(void)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char byte = 'x';
	struct iovec part = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	const int fd = FD_DIRECTORY;

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	return sendmsg(FD_CHANNEL_END, &message, MSG_NOSIGNAL);
}

const struct act acts_on_network[] = {
	{"socket_tcp", socket_tcp},	    {"socket_udp", socket_udp},
	{"socket_unix", socket_unix},	    {"socket_netlink", socket_netlink},
	{"socket_raw", socket_raw},	    {"socket_packet", socket_packet},
	{"socket_mptcp", socket_mptcp},	    {"connect_held", connect_held},
	{"connect_new", connect_new},	    {"connect_by_sending", connect_by_sending},
	{"bind_port", bind_port},	    {"listen_held", listen_held},
	{"reach_pathname", reach_pathname}, {"pass_descriptor", pass_descriptor},
};
const size_t acts_on_network_count = sizeof(acts_on_network) / sizeof(acts_on_network[0]);
