/* policyc: compiles text policies to a classic BPF filter, written as C source and as raw bytes.
 *
 *   policyc --role ROLE --out FILE.c [--bpf FILE.bpf] POLICY...
 *
 * What no rule mentions is trapped. In front of libseccomp's program stand instructions of our own
 * for what libseccomp cannot say: system call numbers newer than the newest it knows are answered
 * with ENOSYS, so that a libc which probes for them falls back. */
#include "rules.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "add the audit architecture of this machine"
#endif

/* Numbers with this bit are x32's on x86-64, and invalid elsewhere. */
#define X32_BIT 0x40000000u
#define SYSCALLS_MAX 1024
#define RULES_MAX 512
#define PROGRAM_MAX 4096

struct compiler {
	scmp_filter_ctx filter;
	struct rule rules[RULES_MAX];
	size_t rule_count;
	bool overlay; /* the file being read is one */
	bool allowed[SYSCALLS_MAX];
	unsigned allowed_count;
};

struct options {
	const char *role, *out, *bpf;
	char *const *policies;
};

/* Rules of an overlay come on top of every role's, some of which have them already. */
static bool is_overlay(const char *path)
{
	static const char ending[] = ".overlay";
	size_t length = strlen(path);

	return length > sizeof(ending) - 1 &&
	       strcmp(path + length - (sizeof(ending) - 1), ending) == 0;
}

/* Returns true when the rule adds something; else *wrong says why not, NULL for a rule to be passed
 * over. */
static bool is_new(struct compiler *compiler, const struct rule *rule, const char **wrong)
{
	*wrong = NULL;
	for (size_t i = 0; i < compiler->rule_count; i++) {
		const struct rule *other = &compiler->rules[i];
		if (rule_contradicts(other, rule))
			*wrong = "contradicts an earlier rule";
		else if (rule_covers(other, rule) && compiler->overlay)
			return false;
		else if (rule_covers(other, rule) ||
			 (rule_covers(rule, other) && !compiler->overlay))
			*wrong = "says nothing new, or more than an earlier rule, which it makes "
				 "useless";
		if (*wrong)
			return false;
	}
	return true;
}

static const char *add_rule(void *context, const struct rule *rule)
{
	struct compiler *compiler = context;
	struct scmp_arg_cmp comparisons[RULE_CONDITIONS_MAX];
	uint32_t action = rule->action == RULE_ALLOW ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(rule->error);
	const char *wrong;

	if (!is_new(compiler, rule, &wrong))
		return wrong;
	if (rule->syscall >= SYSCALLS_MAX || compiler->rule_count == RULES_MAX)
		return "too many rules, or too high a system call number, for this compiler";
	compiler->rules[compiler->rule_count++] = *rule;
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct rule_condition *condition = &rule->conditions[i];
		comparisons[i] = SCMP_CMP64(condition->index, SCMP_CMP_MASKED_EQ, condition->mask,
					    condition->value);
	}
	if (rule->action == RULE_ALLOW && !compiler->allowed[rule->syscall]) {
		compiler->allowed[rule->syscall] = true;
		compiler->allowed_count++;
	}
	return seccomp_rule_add_exact_array(compiler->filter, action, rule->syscall,
					    (unsigned)rule->condition_count, comparisons) == 0
		       ? NULL
		       : "libseccomp refuses it";
}

static unsigned newest_known(void)
{
	for (int number = SYSCALLS_MAX - 1; number > 0; number--) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
		free(name);
		if (name)
			return (unsigned)number;
	}
	return 0;
}

static size_t write_prologue(struct sock_filter *program)
{
	const struct sock_filter prologue[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, newest_known(), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	memcpy(program, prologue, sizeof(prologue));
	return sizeof(prologue) / sizeof(prologue[0]);
}

/* Returns the length of the whole program in instructions, 0 on failure. */
static size_t export_program(scmp_filter_ctx filter, struct sock_filter *program)
{
	size_t prologue = write_prologue(program);
	size_t room = (PROGRAM_MAX - prologue) * sizeof(*program);
	int fd = memfd_create("bpf", MFD_CLOEXEC);
	ssize_t size = -1;

	if (fd >= 0 && seccomp_export_bpf(filter, fd) == 0)
		size = pread(fd, program + prologue, room, 0);
	if (fd >= 0)
		close(fd);
	if (size <= 0 || (size_t)size == room)
		return 0;
	return prologue + (size_t)size / sizeof(*program);
}

static int write_source(const struct options *options, const struct sock_filter *program,
			size_t length, unsigned allowed)
{
	FILE *file = fopen(options->out, "we");

	if (!file)
		return -1;
	fprintf(file,
		"/* Compiled by policyc from policy/seccomp/%s.policy. */\n"
		"#include \"lib/sandbox/filter.h\"\n\n"
		"const char *const sandbox_filter_role = \"%s\";\n"
		"const unsigned short sandbox_filter_syscalls = %u;\n"
		"const unsigned short sandbox_filter_length = %zu;\n"
		"const struct sock_filter sandbox_filter_code[] = {\n",
		options->role, options->role, allowed, length);
	for (size_t i = 0; i < length; i++)
		fprintf(file, "\t{0x%04x, %u, %u, 0x%08x},\n", program[i].code, program[i].jt,
			program[i].jf, program[i].k);
	fprintf(file, "};\n");
	return fclose(file);
}

static int write_raw(const char *path, const struct sock_filter *program, size_t length)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -1;
	size_t written = fwrite(program, sizeof(*program), length, file);
	return fclose(file) == 0 && written == length ? 0 : -1;
}

static int read_options(struct options *options, int argc, char **argv)
{
	int i = 1;

	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (strcmp(argv[i], "--role") == 0)
			options->role = argv[i + 1];
		else if (strcmp(argv[i], "--out") == 0)
			options->out = argv[i + 1];
		else if (strcmp(argv[i], "--bpf") == 0)
			options->bpf = argv[i + 1];
		else
			return -1;
	}
	options->policies = argv + i;
	return options->role && options->out && i < argc ? 0 : -1;
}

int main(int argc, char **argv)
{
	static struct sock_filter program[PROGRAM_MAX];
	struct options options = {0};
	static struct compiler compiler;

	if (read_options(&options, argc, argv) < 0) {
		fprintf(stderr,
			"usage: policyc --role ROLE --out FILE.c [--bpf FILE.bpf] POLICY...\n");
		return 2;
	}
	compiler.filter = seccomp_init(SCMP_ACT_TRAP);
	if (!compiler.filter ||
	    seccomp_attr_set(compiler.filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) < 0)
		return 1;
	for (char *const *policy = options.policies; *policy; policy++) {
		compiler.overlay = is_overlay(*policy);
		if (rules_read(*policy, add_rule, &compiler) < 0)
			return 1;
	}
	size_t length = export_program(compiler.filter, program);
	if (!length || write_source(&options, program, length, compiler.allowed_count) < 0 ||
	    (options.bpf && write_raw(options.bpf, program, length) < 0)) {
		fprintf(stderr, "policyc: cannot write the filter of %s: %s\n", options.role,
			strerror(errno));
		return 1;
	}
	seccomp_release(compiler.filter);
	return 0;
}
