/* Comments of configuration: accepted on request only, and gone afterwards. */
#include "lib/json/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static enum json_fault gate(const char *text, enum json_comments comments)
{
	const struct json_limits limits = {100, 100, comments};
	struct json_where where;

	return json_gate(text, strlen(text), &limits, &where);
}

static const struct {
	const char *text, *blanked;
} accepted[] = {
	{"// a\n{}", "    \n{}"},
	{"{}// a", "{}    "},
	{"{}//", "{}  "},
	{"/* a */{}", "       {}"},
	{"{/**/}", "{    }"},
	{"{/***/}", "{     }"},
	{"{/*/ */}", "{      }"},
	{"{/* / * */}", "{         }"},
	{"[1,/* a\n b */2]", "[1,    \n     2]"},
	{"[1,// /* a\n2]", "[1,       \n2]"},
	{"{\"a\"/*x*/:/*y*/1/*z*/,//\n\"b\":2}", "{\"a\"     :     1     ,  \n\"b\":2}"},
	/* In a string they are text. */
	{"[\"// a\",\"/* b */\"]", "[\"// a\",\"/* b */\"]"},
	{"[\"\\\"// a\"]", "[\"\\\"// a\"]"},
	{"[\"\\\\\"]// a", "[\"\\\\\"]    "},
	{"{}/*\x1b\xff\"*/", "{}       "},
};

static void test_accepted(void **state)
{
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		size_t length = strlen(accepted[i].text);
		assert_int_equal(gate(accepted[i].text, JSON_COMMENTS), JSON_FINE);
		memcpy(text, accepted[i].text, length + 1);
		json_blank_comments(text, length);
		assert_string_equal(text, accepted[i].blanked);
		assert_int_equal(gate(text, JSON_NO_COMMENTS), JSON_FINE);
		if (strcmp(accepted[i].text, accepted[i].blanked) != 0)
			assert_int_not_equal(gate(accepted[i].text, JSON_NO_COMMENTS), JSON_FINE);
	}
}

static void test_refused(void **state)
{
	static const char *const texts[] = {"/",    "{}/",   "{}/*",  "{}/* *", "{}/*/",
					    "{}/x", "/ /{}", "{}# a", "// a",	"/* a */"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_not_equal(gate(texts[i], JSON_COMMENTS), JSON_FINE);
	assert_int_equal(gate("{}/* a", JSON_COMMENTS), JSON_TRUNCATED);
	assert_int_equal(gate("{}/", JSON_COMMENTS), JSON_TRUNCATED);
	assert_int_equal(gate("{}/x", JSON_COMMENTS), JSON_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
