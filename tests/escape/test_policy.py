"""What the compiled filters can ever allow, found by walking every path through them.

GHWARD_BUILD names the build directory, by default build/ in the source tree.
"""

import os
import pathlib
import re
import unittest

import bpf

ROOT = pathlib.Path(__file__).resolve().parents[2]
POLICIES = pathlib.Path(os.environ.get("GHWARD_BUILD", ROOT / "build")) / "policy"

ROLES = ("agent", "audit", "broker", "cli", "config", "dial", "git", "jq", "mint", "net", "store", "tree",
         "verify", "worker")
CHILDREN = tuple(role for role in ROLES if role not in ("agent", "cli"))

# System calls allowed for some arguments, at most.
LIMITS = {"worker": 25, "audit": 28, "broker": 42, "net": 40, "config": 25, "verify": 25, "jq": 25, "mint": 25,
          "store": 28, "git": 82, "tree": 31}

NOBODY = """ptrace process_vm_writev pidfd_getfd kcmp bpf perf_event_open userfaultfd io_uring_setup
    io_uring_enter io_uring_register keyctl add_key request_key mount umount2 move_mount fsopen fsmount open_tree
    mount_setattr pivot_root chroot unshare setns clone3 setuid setgid setreuid setregid setresuid setresgid setgroups
    setfsuid init_module finit_module delete_module kexec_load kexec_file_load reboot swapon personality quotactl
    syslog open_by_handle_at name_to_handle_at fanotify_init bind listen accept shmat shmget pkey_mprotect
    remap_file_pages vfork fork tgkill tkill rt_sigqueueinfo rt_tgsigqueueinfo chmod fchmod fchmodat utime utimensat chown
    fchown fchownat link symlink symlinkat mknod mknodat
    truncate setxattr iopl ioperm modify_ldt uselib open creat acct sethostname settimeofday clock_settime
    sched_setaffinity setpriority setrlimit process_madvise vmsplice tee""".split()

# No child of the agent may, beside the above.
NO_CHILD = """clone execveat kill pidfd_send_signal pidfd_open waitid accept4 prlimit64 prctl seccomp
    capset setsid setpgid rt_sigaction landlock_create_ruleset landlock_add_rule landlock_restrict_self mprotect
    memfd_secret dup2 dup3 process_vm_readv arch_prctl set_robust_list close_range""".split()

# What git needs for itself; its execve, files and threads are Landlock's matter, see the tests about it.
OF_GIT = """clone pidfd_send_signal pidfd_open prlimit64 prctl rt_sigaction mprotect dup2 dup3 arch_prctl
    set_robust_list""".split()

# Who may at all.
ONLY = {
    "execve": {"agent", "git"},
    "waitid": {"agent"},
    "kill": {"agent"},
    "mkdir": {"agent", "git"},
    "mkdirat": {"agent", "git", "tree"},
    "rmdir": {"agent", "git"},
    "unlink": {"agent", "git"},
    "rename": {"agent", "git"},
    "chdir": {"agent", "git"},
    "socket": {"agent", "dial"},
    "connect": {"agent", "dial"},
    "openat": {"agent", "broker", "dial", "audit", "git", "store", "verify"},
    "openat2": {"agent", "tree"},
    "linkat": {"agent", "broker"},
    "renameat2": {"agent", "tree"},
    "renameat": {"agent", "audit", "broker", "git"},
    "unlinkat": {"agent", "audit", "broker", "git", "tree"},
    "wait4": {"agent", "cli", "git", "verify"},  # verify forks partners before it is confined
    "splice": {"cli"},
    "sendmsg": {"agent", "broker", "dial", "git", "tree"},
    "socketpair": {"agent", "broker", "git"},
    "memfd_create": {"agent", "broker", "git"},
    "pipe2": {"agent", "broker", "git"},
    "signalfd4": {"cli"},
}

TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS, TIOCGWINSZ, TCGETS = 0x5412, 0x541C, 0x5423, 0x541D, 0x5413, 0x5401
PROT_READ, PROT_WRITE, PROT_EXEC, MAP_ANONYMOUS = 1, 2, 4, 0x20
O_CREAT, O_TRUNC = 0o100, 0o1000
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK = 1, 2, 10, 16, 17, 38, 40
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET = 1, 2, 3, 5
MSG_FASTOPEN = 0x20000000
IPPROTO_MPTCP = 262
ALL64 = (1 << 64) - 1
CLONE_NEW = (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
FORK, THREAD = 0x1200011, 0x3D0F00
FILLINGS = (0, bpf.ALL, 0x5A5A5A5A, 0x13579BDF)


class PolicyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.filters = {role: bpf.load(POLICIES / f"{role}.bpf") for role in ROLES}
        cls.allowed = {role: bpf.allowed(cls.filters[role]) for role in ROLES}

    def can_allow(self, role, call, arguments=None):
        nr = bpf.number(call)
        return nr is not None and bpf.can(self.filters[role], bpf.RET_ALLOW, nr, arguments)

    def assert_never(self, role, call, arguments=None):
        self.assertFalse(self.can_allow(role, call, arguments), f"{role} may {call} {arguments or ''}")

    def test_the_model_tells_allowed_from_denied(self):
        """The walker itself: a call that every role needs, and one that none has."""
        for role in ROLES:
            self.assertTrue(self.can_allow(role, "exit_group"))
            self.assertTrue(self.can_allow(role, "recvmsg"))
            self.assertFalse(self.can_allow(role, "reboot"))
            self.assertEqual(bpf.run(self.filters[role], bpf.number("reboot")), bpf.RET_TRAP)

    def test_counts(self):
        for role, limit in LIMITS.items():
            names = sorted(bpf.name(nr) for nr in self.allowed[role])
            self.assertLessEqual(len(names), limit, f"{role}: {' '.join(names)}")

    def test_declared_counts(self):
        """What a process says about itself is what its filter does."""
        for role in ROLES:
            source = (POLICIES / f"{role}.c").read_text()
            declared = re.search(r"sandbox_filter_syscalls = (\d+)", source)
            self.assertEqual(int(declared.group(1)), len(self.allowed[role]), role)
            self.assertIn(f'sandbox_filter_role = "{role}"', source)

    def test_nobody(self):
        for role in ROLES:
            for call in NOBODY:
                self.assert_never(role, call)

    def test_no_child(self):
        for role in CHILDREN:
            for call in NO_CHILD:
                if role != "git" or call not in OF_GIT:
                    self.assert_never(role, call)

    def test_only(self):
        for call, may in ONLY.items():
            able = {role for role in ROLES if self.can_allow(role, call)}
            self.assertEqual(able, may, call)

    def test_the_vault_is_below_its_directory(self):
        """Of the broker's calls that name a file, none reaches past descriptor 4."""
        for call in ("openat", "unlinkat"):
            self.assertTrue(self.can_allow("broker", call, {0: (ALL64, 4)}), call)
        for other in (3, 5, 8, 0xFFFFFF9C, ALL64 - 99):
            for call in ("openat", "unlinkat"):
                self.assert_never("broker", call, {0: (ALL64, other)})
            for call in ("linkat", "renameat"):
                self.assert_never("broker", call, {0: (ALL64, other)})
                self.assert_never("broker", call, {2: (ALL64, other)})
        self.assert_never("broker", "unlinkat", {2: (0x200, 0x200)})  # AT_REMOVEDIR

    def test_the_store_writes_below_one_directory_and_reads_below_another(self):
        self.assertTrue(self.can_allow("store", "openat", {0: (ALL64, 5), 2: (O_CREAT, O_CREAT)}))
        self.assertTrue(self.can_allow("store", "openat", {0: (ALL64, 4)}))
        for writing in (1, 2, O_CREAT, O_TRUNC):
            self.assert_never("store", "openat", {0: (ALL64, 4), 2: (writing, writing)})
        for other in (3, 6, 0xFFFFFF9C, ALL64 - 99):
            self.assert_never("store", "openat", {0: (ALL64, other)})

    def test_the_tree_opens_by_openat2_alone(self):
        """What it tells the kernel to refuse stands in memory, which no filter sees; that it does is tested there."""
        self.assertTrue(self.can_allow("tree", "openat2", {3: (ALL64, 24)}))
        for size in (0, 16, 32, 4096):
            self.assert_never("tree", "openat2", {3: (ALL64, size)})
        for flag in (2, 4):  # RENAME_EXCHANGE, RENAME_WHITEOUT
            self.assert_never("tree", "renameat2", {4: (flag, flag)})

    def test_the_store_locks_and_looks_at_a_socket(self):
        for command in (36, 37):  # F_OFD_GETLK, F_OFD_SETLK
            self.assertTrue(self.can_allow("store", "fcntl", {1: (ALL64, command)}))
        for command in (0, 2, 4, 5, 6, 7, 8, 10, 38, 1024, 1033):  # duplicating, flags, waiting, other locks, signals
            self.assert_never("store", "fcntl", {1: (ALL64, command)})
        for option in (3, 39):  # SO_TYPE, SO_DOMAIN
            self.assertTrue(self.can_allow("store", "getsockopt", {1: (ALL64, 1), 2: (ALL64, option)}))
        self.assert_never("store", "getsockopt", {1: (ALL64, 1), 2: (ALL64, 17)})  # SO_PEERCRED
        self.assert_never("store", "getsockopt", {1: (ALL64, 6)})

    def test_executable_memory(self):
        for role in ROLES:
            for call in ("mmap", "mprotect"):
                if role not in ("agent", "git"):
                    self.assert_never(role, call, {2: (PROT_EXEC, PROT_EXEC)})
            self.assert_never(role, "mmap", {2: (PROT_EXEC | PROT_WRITE, PROT_EXEC | PROT_WRITE)})
            self.assert_never(
                role, "mmap", {2: (PROT_EXEC, PROT_EXEC), 3: (MAP_ANONYMOUS, MAP_ANONYMOUS)}
            )
            self.assert_never(role, "mprotect", {2: (PROT_EXEC, PROT_EXEC)})
        # Their children have to be loaded.
        for role in ("agent", "git"):
            self.assertTrue(self.can_allow(role, "mmap", {2: (ALL64, PROT_READ | PROT_EXEC)}))

    def test_children_map_no_files(self):
        for role in CHILDREN + ("cli",):
            if role != "git":
                self.assert_never(role, "mmap", {3: (MAP_ANONYMOUS, 0)})
            self.assertTrue(self.can_allow(role, "mmap", {3: (MAP_ANONYMOUS, MAP_ANONYMOUS)}))

    def test_foreign_architectures(self):
        for role in ROLES:
            for arch in bpf.FOREIGN_ARCHES.values():
                for nr in range(0, 600):
                    actions = {a for a, _ in bpf.explore(self.filters[role], bpf.words(nr, arch))}
                    self.assertEqual(actions, {bpf.RET_KILL_PROCESS})

    def test_x32(self):
        for role in ROLES:
            for nr in list(range(0, 600)) + [bpf.ALL - bpf.X32_BIT]:
                known = bpf.words(nr | bpf.X32_BIT)
                actions = {a for a, _ in bpf.explore(self.filters[role], known)}
                self.assertEqual(actions, {bpf.RET_KILL_PROCESS})

    def test_numbers_of_the_future(self):
        enosys = bpf.RET_ERRNO | 38
        for role in ROLES:
            for nr in (600, 1023, 5000, bpf.X32_BIT - 1):
                self.assertEqual(bpf.run(self.filters[role], nr), enosys)
            # The last number before them is not told that it does not exist.
            newest = max(nr for nr in range(600) if bpf.name(nr)[0] != "#")
            self.assertEqual(bpf.run(self.filters[role], newest), bpf.RET_TRAP)
            self.assertEqual(bpf.run(self.filters[role], newest + 1), enosys)

    def test_told_that_it_does_not_exist(self):
        for role in ROLES:
            for call in ("clone3", "rseq"):
                self.assertEqual(bpf.run(self.filters[role], bpf.number(call)), bpf.RET_ERRNO | 38)

    def test_terminals(self):
        for role in ROLES:
            for request in (TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS):
                # The kernel looks at the low half only, so the high one must not matter.
                self.assert_never(role, "ioctl", {1: (bpf.ALL, request)})

    def test_arguments_are_compared_in_full(self):
        """A request that is allowed is not allowed with bits that the kernel would ignore."""
        nr, found = bpf.number("ioctl"), 0
        for role in ROLES:
            for action, state in bpf.explore(self.filters[role], bpf.words(nr)):
                if action != bpf.RET_ALLOW:
                    continue
                for call in bpf.examples(state, FILLINGS):
                    found += 1
                    high = call[:1] + (call[1] | 1 << 32,) + call[2:]
                    self.assertEqual(bpf.run(self.filters[role], nr, call), bpf.RET_ALLOW)
                    self.assertEqual(bpf.run(self.filters[role], nr, high), bpf.RET_TRAP)
        self.assertGreater(found, 0)

    def test_sockets(self):
        for role in ("agent", "dial"):
            for family in (AF_UNIX, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK):
                self.assert_never(role, "socket", {0: (bpf.ALL, family)})
        for family in (AF_INET, AF_INET6):
            # Landlock knows TCP only: other protocols of connections would pass it by.
            for kind in (SOCK_RAW, SOCK_SEQPACKET):
                self.assert_never("dial", "socket", {0: (ALL64, family), 1: (0xF, kind)})
            self.assert_never("dial", "socket", {0: (ALL64, family), 2: (bpf.ALL, IPPROTO_MPTCP)})
            for kind in (SOCK_STREAM, SOCK_DGRAM):
                self.assertTrue(self.can_allow("dial", "socket", {0: (ALL64, family), 1: (0xF, kind)}))
        # And so would a connection made by sending.
        for call, argument in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
            for role in ("agent", "dial"):
                self.assert_never(role, call, {argument: (MSG_FASTOPEN, MSG_FASTOPEN)})
                self.assertTrue(self.can_allow(role, call))

    def test_datagrams_to_pathnames(self):
        """A unix datagram socket can reach any listener by name, connected or not; Landlock does not look."""
        for role in ("agent", "broker", "git"):
            self.assert_never(role, "socketpair", {1: (0xF, SOCK_DGRAM)})
            # A connected stream reaches nobody else; only git speaks through one.
            self.assertEqual(self.can_allow(role, "socketpair", {1: (0xF, SOCK_STREAM)}), role != "broker")
            self.assertEqual(self.can_allow(role, "socketpair", {1: (0xF, SOCK_SEQPACKET)}), role != "git")

    def test_addresses_in_messages(self):
        for role in ROLES:
            if role not in ("agent", "dial"):
                self.assert_never(role, "sendto", {4: (1, 1)})
                self.assert_never(role, "sendto", {4: (1 << 40, 1 << 40)})
                self.assertTrue(self.can_allow(role, "sendto"))

    def test_files_are_only_read(self):
        for role in ("dial", "verify"):
            for flag in (0o1, 0o2, 0o100, 0o1000):  # O_WRONLY, O_RDWR, O_CREAT, O_TRUNC
                self.assert_never(role, "openat", {2: (flag, flag)})
            self.assertTrue(self.can_allow(role, "openat", {2: (ALL64, 0o2000000)}))

    def test_a_jq_program_that_asks_for_files_is_told_no(self):
        """It is no violation to look for a module; but nothing else that a path could do is answered."""
        nr, path = bpf.number("newfstatat"), (0xFFFFFF9C, 1 << 32, 1 << 32, 0, 0, 0)
        self.assertEqual(bpf.run(self.filters["jq"], nr, path), bpf.RET_ERRNO | 13)
        for call in ("openat", "readlink", "readlinkat", "getcwd", "access", "socket", "tgkill"):
            self.assertEqual(bpf.run(self.filters["jq"], bpf.number(call)), bpf.RET_TRAP, call)
        for operation in (0, 1, 9, 128, 137):  # FUTEX_WAIT and others than FUTEX_WAKE_PRIVATE
            self.assert_never("jq", "futex", {1: (bpf.ALL, operation)})

    def test_the_agents_children(self):
        """fork(2) and pthread_create(3) exactly; no signal but SIGKILL."""
        for role in ("agent", "git"):
            for flag in CLONE_NEW + (0x4000,):
                self.assert_never(role, "clone", {0: (flag, flag)})
            for flags in (FORK, THREAD):
                self.assertTrue(self.can_allow(role, "clone", {0: (ALL64, flags)}))
                for bit in range(64):
                    self.assert_never(role, "clone", {0: (ALL64, flags ^ 1 << bit)})
            self.assert_never(role, "prlimit64", {0: (1, 1)})
        self.assert_never("agent", "execveat", {4: (ALL64, 0)})
        for number in range(1, 65):
            self.assertEqual(self.can_allow("agent", "kill", {1: (ALL64, number)}), number == 9, number)

    def test_nothing_of_git_leaves(self):
        """Neither the process group nor the machine; told no, git goes on."""
        for role in ("agent", "git"):
            for call in ("setpgid", "link", "symlink", "symlinkat", "tgkill", "chmod", "fchmod", "fchmodat", "utimensat"):
                self.assertEqual(bpf.run(self.filters[role], bpf.number(call)), bpf.RET_ERRNO | 1, call)
            for number in (1, 2, 3, 13, 15):
                self.assertEqual(
                    bpf.run(self.filters[role], bpf.number("kill"), (7, number, 0, 0, 0, 0)), bpf.RET_ERRNO | 1)
            for call in ("statx", "faccessat2", "copy_file_range", "sendfile", "statfs", "setitimer"):
                self.assertEqual(bpf.run(self.filters[role], bpf.number(call)), bpf.RET_ERRNO | 38, call)
            for request in (TCGETS, TIOCGWINSZ):
                self.assertEqual(
                    bpf.run(self.filters[role], bpf.number("ioctl"), (0, request, 0, 0, 0, 0)), bpf.RET_ERRNO | 25)
        run = lambda call, *arguments: bpf.run(self.filters["git"], bpf.number(call), arguments)
        self.assertEqual(run("setsid"), bpf.RET_ERRNO | 1)
        for domain in (AF_UNIX, AF_INET, AF_INET6, AF_NETLINK):
            self.assertEqual(run("socket", domain, SOCK_STREAM), bpf.RET_ERRNO | 13)
        self.assertEqual(run("connect"), bpf.RET_TRAP)
        for option in range(80):
            self.assertEqual(self.can_allow("git", "prctl", {0: (ALL64, option)}), option == 1, option)

    def test_the_agents_filter_contains_the_others(self):
        """Filters add up: what the agent's own refuses, no child of it can do."""
        tried = 0
        for role in CHILDREN:
            for nr in sorted(self.allowed[role]):
                for action, state in bpf.explore(self.filters[role], bpf.words(nr)):
                    if action != bpf.RET_ALLOW:
                        continue
                    for call in bpf.examples(state, FILLINGS):
                        tried += 1
                        self.assertEqual(bpf.run(self.filters[role], nr, call), bpf.RET_ALLOW)
                        self.assertEqual(
                            bpf.run(self.filters["agent"], nr, call),
                            bpf.RET_ALLOW,
                            f"{role} needs {bpf.name(nr)}{tuple(map(hex, call))}",
                        )
        self.assertGreater(tried, len(CHILDREN) * 20)

    def test_the_agents_filter_ends_nobody_whom_his_own_spares(self):
        """The harsher of two filters decides: a child that shall be told no must not be trapped by the agent's."""
        tried = 0
        for role in CHILDREN:
            for nr in range(bpf.SYSCALLS):
                for action, state in bpf.explore(self.filters[role], bpf.words(nr)):
                    if action & bpf.ACTION != bpf.RET_ERRNO:
                        continue
                    for call in bpf.examples(state, FILLINGS):
                        tried += 1
                        self.assertIn(
                            bpf.run(self.filters["agent"], nr, call) & bpf.ACTION,
                            (bpf.RET_ERRNO, bpf.RET_ALLOW),
                            f"{role} is told no at {bpf.name(nr)}{tuple(map(hex, call))}",
                        )
        self.assertGreater(tried, len(CHILDREN))

    def test_every_role_has_its_own(self):
        self.assertEqual(len({str(program) for program in self.filters.values()}), len(ROLES))


if __name__ == "__main__":
    unittest.main()
