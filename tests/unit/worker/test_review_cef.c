/* CEF: a header that cannot be left, and pairs that cannot be added. */
#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_one_record(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_EXPORT, REVIEW_CEF);

	(void)state;
	made_add(&made,
		 &(struct audit_event){.actor = "uid:1000",
				       .job = "j-1",
				       .event = "alerts.update",
				       .phase = AUDIT_RESULT,
				       .target = "acme/shop#7",
				       .outcome = "answered",
				       .request_id = "AB:CD",
				       .severity = AUDIT_WARNING,
				       .detail_count = 2,
				       .details = {{"status", "200"}, {"message", "a=b|c\\d"}}});
	assert_string_equal(
		made_run(&made, job),
		"CEF:0|ghward|ghward|" GHWARD_VERSION
		"|alerts.update|alerts.update result|6|rt=1767323045000 externalId=1 cat=result "
		"suser=uid:1000 suid=1000 outcome=answered reason=a\\=b|c\\\\d cs1Label=job "
		"cs1=j-1 "
		"cs2Label=target cs2=acme/shop#7 cs4Label=session cs4=0a1b2c3d4e5f-01234567 "
		"cs5Label=prev "
		"cs5=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff "
		"cs6Label=details cs6={\"status\":\"200\",\"message\":\"a\\=b|c\\\\\\\\d\"} "
		"flexString1Label=requestId flexString1=AB:CD\n");
	made_free(job);
}

/* Unescaped `|` before the extension, and unescaped `=` in it, are only ours. */
static void check_line(const char *line, size_t length)
{
	unsigned pipes = 0;

	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\\') {
			assert_true(i + 1 < length &&
				    strchr(pipes < 7 ? "\\|" : "\\=", line[i + 1]));
			i++;
		} else if (line[i] == '|' && pipes < 7) {
			pipes++;
		} else if (line[i] == '=' && pipes == 7) {
			size_t key = i;
			while (line[key - 1] != ' ' && line[key - 1] != '|')
				key--;
			static const char keys[] =
				" rt externalId cat suser suid act outcome reason cs1Label cs1 "
				"cs2Label "
				"cs2 cs3Label cs3 cs4Label cs4 cs5Label cs5 cs6Label cs6 "
				"flexString1Label flexString1 ";
			char word[32] = " ";
			assert_true(i - key < sizeof(word) - 3);
			memcpy(word + 1, line + key, i - key);
			strcat(word, " ");
			assert_non_null(strstr(keys, word));
		}
	}
	assert_int_equal(pipes, 7);
}

static void test_hostile_texts_stay_values(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_EXPORT, REVIEW_CEF);
	unsigned lines = 0;

	(void)state;
	for (const char *const *text = made_hostile; *text; text++)
		made_add(&made,
			 &(struct audit_event){.actor = *text,
					       .event = *text,
					       .decision = *text,
					       .rule = *text,
					       .outcome = *text,
					       .request_id = *text,
					       .severity = AUDIT_CRITICAL,
					       .detail_count = 2,
					       .details = {{*text, *text}, {"message", *text}}});
	for (const char *line = made_run(&made, job), *end; *line; line = end + 1, lines++) {
		end = strchr(line, '\n');
		assert_non_null(end);
		check_line(line, (size_t)(end - line));
	}
	assert_int_equal(lines, job->items);
	made_free(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_record),
		cmocka_unit_test(test_hostile_texts_stay_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
