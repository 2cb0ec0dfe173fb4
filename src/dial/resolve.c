/* Resolving the origin, and refusing what its address rule does not permit. */
#include "dial/resolve.h"

#include "lib/base/clock.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

/* The first address not yet used, of the wanted family if there is one. */
static size_t next_unused(const struct resolve_list *list, const bool *used, sa_family_t wanted)
{
	size_t any = list->count;

	for (size_t i = 0; i < list->count; i++) {
		if (used[i])
			continue;
		if (list->addresses[i].family == wanted)
			return i;
		if (any == list->count)
			any = i;
	}
	return any;
}

void resolve_interleave(struct resolve_list *list)
{
	const struct resolve_list source = *list;
	bool used[RESOLVE_ADDRESSES_MAX] = {false};
	sa_family_t wanted = source.addresses[0].family;

	for (size_t filled = 0; filled < source.count; filled++) {
		size_t next = next_unused(&source, used, wanted);
		used[next] = true;
		list->addresses[filled] = source.addresses[next];
		wanted = source.addresses[next].family == AF_INET ? AF_INET6 : AF_INET;
	}
}

void resolve_prefer(struct resolver *resolver, const struct address *address)
{
	struct resolve_list *list = &resolver->list;

	for (size_t i = 0; i < list->count; i++) {
		if (!address_equal(&list->addresses[i], address))
			continue;
		struct address found = list->addresses[i];
		memmove(list->addresses + 1, list->addresses, i * sizeof(found));
		list->addresses[0] = found;
		return;
	}
}

const char *resolve_hint(const struct resolver *resolver, const char *hint)
{
	return resolver->is_proxy
		       ? "Check the proxy's address (HTTPS_PROXY, ALL_PROXY, or proxy in "
			 "config.json), or exempt the host with NO_PROXY."
		       : hint;
}

static void refuse(struct resolver *resolver, const struct address *address)
{
	static const char *const hints[ADDRESS_RULES] = {
		[ADDRESSES_PUBLIC] =
			"This host is reached at public addresses only. Check the name "
			"servers of this machine, or GITHUB_API_URL.",
		[ADDRESSES_PRIVATE] =
			"A named host is never reached at loopback, link-local or "
			"reserved addresses. Check the name servers, or GITHUB_API_URL.",
		[ADDRESSES_LOOPBACK] =
			"localhost leads to loopback only, and no origin to link-local "
			"or reserved addresses. Check GITHUB_API_URL.",
	};
	char text[ADDRESS_TEXT_SIZE];
	address_text(address, text);
	failure_set(&resolver->failure, FAILURE_DENIED,
		    resolve_hint(resolver, hints[resolver->rule]),
		    "refused to connect to %s: it leads to %s, %s, which this host may not use",
		    resolver->origin, text, address_class_name(address_classify(address)));
}

/* Keeps what the rule permits. One refused address fails nothing while another one is left. */
static void keep_permitted(struct resolver *resolver, const struct address *literal,
			   const struct address *found, size_t count)
{
	const struct address *refused = NULL;

	for (size_t i = 0; i < count && resolver->list.count < RESOLVE_ADDRESSES_MAX; i++) {
		if (address_permitted(resolver->rule, literal, &found[i]))
			resolver->list.addresses[resolver->list.count++] = found[i];
		else if (!refused)
			refused = &found[i];
	}
	if (resolver->list.count)
		resolve_interleave(&resolver->list);
	else if (refused)
		refuse(resolver, refused);
}

static void ask(struct resolver *resolver)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct address found[RESOLVE_ADDRESSES_MAX];
	struct addrinfo *results = NULL;
	size_t count = 0;

	int status = getaddrinfo(resolver->host, NULL, &hints, &results);
	const char *reason = status == EAI_SYSTEM ? strerror(errno) : gai_strerror(status);
	for (const struct addrinfo *at = results; at && count < RESOLVE_ADDRESSES_MAX;
	     at = at->ai_next) {
		if (address_from_socket(at->ai_addr, &found[count]) == 0)
			count++;
	}
	if (results)
		freeaddrinfo(results);
	if (count)
		keep_permitted(resolver, NULL, found, count);
	else
		failure_set(&resolver->failure, FAILURE_NETWORK,
			    resolve_hint(resolver, "Check the name in GITHUB_API_URL and the name "
						   "servers of this machine."),
			    "cannot find the address of %s%s: %s",
			    resolver->is_proxy ? "the proxy " : "", resolver->host,
			    status ? reason : "it has none");
}

const struct resolve_list *resolve_origin(struct resolver *resolver, struct failure *failure)
{
	struct address literal;

	if (clock_monotonic_ms() >= resolver->valid_until_ms) {
		resolver->list.count = 0;
		if (address_parse(resolver->host, &literal))
			keep_permitted(resolver, &literal, &literal, 1);
		else
			ask(resolver);
		resolver->valid_until_ms =
			clock_monotonic_ms() +
			(resolver->list.count ? RESOLVE_KEEP_MS : RESOLVE_KEEP_FAILURE_MS);
	}
	if (resolver->list.count)
		return &resolver->list;
	*failure = resolver->failure;
	return NULL;
}
