/* The command line, one word per line, for every command that there could be. */
#include "fuzz.h"

#include "cli/options.h"

#define WORDS_MAX 64u

/* Whatever was taken stands in the words that were given. */
static void check(option_set known, char *const *words, unsigned count, const char *text,
		  const char *end)
{
	struct options options;
	struct failure failure = {.kind = FAILURE_NONE};
	bool has_end = false;

	for (unsigned i = 0; i < count; i++)
		has_end |= strcmp(words[i], "--") == 0;
	if (options_parse(known, "alerts list", words, count, &options, &failure) < 0) {
		require(failure.kind == FAILURE_USAGE && *failure.message);
		return;
	}
	require(options.word_count <= OPTION_WORDS_MAX && options.word_count <= count);
	for (unsigned i = 0; i < options.word_count; i++)
		require(options.words[i] >= text && options.words[i] <= end);
	for (unsigned i = 0; i < OPTIONS; i++) {
		const char *value = options.values[i];
		bool takes = option_get((enum option_id)i)->takes != OPTION_TAKES_NOTHING;
		require(!value || (known & OPTION_BIT(i)));
		require(!value || *value == 0 || (takes && value >= text && value <= end));
	}
	if (options.values[OPTION_JSON] && !has_end)
		require(options_want_json(words, count));
}

/* The first byte chooses which options the command knows. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[WORDS_MAX], *text;
	unsigned count = 0;

	if (size == 0 || !(text = malloc(size)))
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = 0;
	for (char *at = text; at && count < WORDS_MAX;) {
		words[count++] = at;
		at = strchr(at, '\n');
		if (at)
			*at++ = 0;
	}
	check(~(option_set)0, words, count, text, text + size - 1);
	check((option_set)0x0101010101010101u * data[0], words, count, text, text + size - 1);
	free(text);
	return 0;
}
