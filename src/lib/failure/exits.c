/* The table of exit codes. */
#include "lib/failure/exits.h"

static const struct failure_exit exits[] = {
#define EXIT_CODE(code_, meaning_) {.code = (code_), .meaning = (meaning_)},
#include "lib/failure/exits.def"
#undef EXIT_CODE
};

const struct failure_exit *failure_exit_at(size_t index)
{
	return index < sizeof(exits) / sizeof(exits[0]) ? &exits[index] : NULL;
}
