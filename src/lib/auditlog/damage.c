/* What can be wrong with a log. */
#include "lib/auditlog/damage.h"

static const struct {
	const char *name, *meaning;
} damages[AUDITLOG_DAMAGES] = {
	[AUDITLOG_WHOLE] = {"", ""},
	[AUDITLOG_CHANGED] = {"changed", "its content is not what was written"},
	[AUDITLOG_DROPPED] = {"dropped", "it is not there, although later ones are"},
	[AUDITLOG_DUPLICATED] = {"duplicated", "it stands there twice"},
	[AUDITLOG_INSERTED] = {"inserted", "it was put there afterwards"},
	[AUDITLOG_REORDERED] = {"reordered", "it is not in its place"},
	[AUDITLOG_SPLICED] = {"spliced", "in its place is a record of another log"},
	[AUDITLOG_REWRITTEN] = {"rewritten",
				"records were written anew: they are not those that a checkpoint "
				"speaks of"},
	[AUDITLOG_BAD_SIGNATURE] = {"bad signature", "it does not have the signature of the key "
						     "that it should have"},
	[AUDITLOG_TORN] = {"torn", "only a part of it is there"},
	[AUDITLOG_CUT_TAIL] = {"cut tail", "from it on, records that were written are not there"},
	[AUDITLOG_BROKEN_SEAL] = {"broken seal",
				  "it is the last checkpoint that is there, but not the last that "
				  "was made"},
	[AUDITLOG_MISSING_SEGMENT] = {"missing segment", "the file that it was in is not there"},
	[AUDITLOG_FOREIGN_SEGMENT] = {"foreign segment", "a file begins with it that does not "
							 "belong there"},
	[AUDITLOG_MISSING_HEAD] = {"missing head", "the file head, which says where the log ends, "
						   "is not there or cannot be read"},
};

const char *auditlog_damage_name(enum auditlog_damage damage)
{
	return damages[damage].name;
}

const char *auditlog_damage_meaning(enum auditlog_damage damage)
{
	return damages[damage].meaning;
}
