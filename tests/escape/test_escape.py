"""Each process's own sandbox, and every way out of it that we know of.

The programs escape-ROLE link the filter of a role and enter its sandbox by the same call as the process itself.
Each act is tried twice: without a sandbox, where it must succeed if this kernel and user permit it at all (so that
the test could fail), and inside. GHWARD_BUILD names the build directory, by default build/ in the source tree.
"""

import concurrent.futures
import contextlib
import ctypes
import errno
import os
import pathlib
import platform
import select
import shutil
import signal
import subprocess
import tempfile
import unittest

import bpf

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GHWARD_BUILD", ROOT / "build"))
PROGRAMS, POLICIES = BUILD / "tests" / "escape", BUILD / "policy"

ROLES = ("agent", "audit", "broker", "cli", "config", "dial", "git", "jq", "mint", "net", "store", "tree",
         "verify", "worker")
CHILDREN = tuple(role for role in ROLES if role not in ("agent", "cli"))

VIOLATION = 159
NUMBERS = 700  # of the sweep in escape.c
REFUSED = 3
PERMITTED = "permitted"
ENDED = "ended"

# Everything else must end the process. A tuple of errnos: refused by Landlock, or told so by the filter.
DENIED = (errno.EACCES, errno.EPERM)
EXPECTED = {
    # What a role is there for.
    ("audit", "beneath_reading"): PERMITTED,
    ("audit", "beneath_writing"): PERMITTED,
    ("audit", "beneath_truncating"): PERMITTED,
    ("audit", "rename_file"): PERMITTED,
    ("verify", "beneath_reading"): PERMITTED,
    ("store", "beneath_reading"): PERMITTED,
    ("store", "second_writing"): PERMITTED,
    ("dial", "socket_tcp"): PERMITTED,
    ("dial", "socket_udp"): PERMITTED,
    ("dial", "pass_descriptor"): PERMITTED,
    ("broker", "pass_descriptor"): PERMITTED,
    # Its directory is the vault's; a file that is there it never writes to, but replaces.
    ("broker", "beneath_reading"): PERMITTED,
    ("broker", "beneath_writing"): PERMITTED,
    ("broker", "make_link"): PERMITTED,
    ("broker", "rename_file"): PERMITTED,
    ("tree", "strictly_reading"): PERMITTED,
    ("tree", "make_directory"): PERMITTED,
    ("tree", "rename_within"): PERMITTED,
    ("tree", "remove_file"): PERMITTED,
    ("tree", "pass_descriptor"): PERMITTED,
    # Allowed by the filter, refused by Landlock.
    ("tree", "open_openat2"): DENIED,
    ("tree", "strictly_climbing"): DENIED,
    ("tree", "strictly_linked"): DENIED,
    ("tree", "second_making"): DENIED,
    ("tree", "second_removing"): DENIED,
    ("tree", "rename_away"): (*DENIED, errno.EXDEV),
    ("audit", "open_file"): DENIED,
    ("audit", "open_listing"): DENIED,
    ("audit", "open_memory_of_victim"): DENIED,
    ("audit", "beneath_climbing"): DENIED,
    ("audit", "second_writing"): DENIED,
    ("audit", "second_climbing"): DENIED,
    ("verify", "second_climbing"): DENIED,
    ("dial", "second_climbing"): DENIED,
    ("store", "beneath_climbing"): DENIED,
    ("store", "beneath_linked"): DENIED,
    ("store", "second_climbing"): DENIED,
    ("audit", "beneath_linked"): DENIED,
    ("broker", "beneath_truncating"): DENIED,
    ("broker", "beneath_climbing"): DENIED,
    ("broker", "beneath_linked"): DENIED,
    ("verify", "open_file"): DENIED,
    ("verify", "open_listing"): DENIED,
    ("verify", "open_memory_of_victim"): DENIED,
    ("verify", "beneath_climbing"): DENIED,
    ("verify", "beneath_linked"): DENIED,
    ("dial", "open_file"): DENIED,
    ("dial", "open_listing"): DENIED,
    ("dial", "open_memory_of_victim"): DENIED,
    ("dial", "beneath_reading"): DENIED,
    ("dial", "beneath_climbing"): DENIED,
    ("dial", "beneath_linked"): DENIED,
    ("dial", "connect_held"): DENIED,
    ("dial", "connect_new"): DENIED,
    # Of the directory of the command line, which is the audit directory.
    ("audit", "open_writing"): PERMITTED,
    # Libraries go on when told so.
    ("dial", "socket_unix"): DENIED,
    ("dial", "socket_netlink"): DENIED,
    ("net", "replace_handler"): DENIED,
}
for role in ROLES:
    EXPECTED[role, "clone_by_clone3"] = (errno.ENOSYS,)

# Below its two directories, here of the command line, git may do what it does with a repository; elsewhere nothing.
for act in """open_writing beneath_reading beneath_writing beneath_truncating second_writing second_making second_removing
        make_directory rename_file remove_file read_link change_directory pass_descriptor fork_process open_pidfd map_executable_file
        map_shared_memory replace_handler""".split():
    EXPECTED["git", act] = PERMITTED
# Told no by the filter or by Landlock, it goes on.
for act in """open_file open_listing open_memory_of_victim beneath_climbing beneath_linked second_climbing
        make_symlink change_mode change_mode_of_descriptor socket_tcp socket_unix socket_netlink connect_new execute_path kill_thread kill_by_descriptor""".split():
    EXPECTED["git", act] = DENIED

# The agent's filter holds whatever a child of it needs; its Landlock domain knows execution, signals and binding.
for act in """open_file open_listing open_writing beneath_reading beneath_writing beneath_truncating beneath_climbing
        beneath_linked second_writing second_climbing make_link rename_file remove_file socket_tcp socket_udp connect_held connect_new pass_descriptor fork_process
        replace_handler map_executable_file map_shared_memory open_pidfd open_openat2 strictly_reading strictly_climbing
        strictly_linked second_making second_removing make_directory rename_within read_link
        change_directory""".split():
    EXPECTED["agent", act] = PERMITTED
for act in """open_memory_of_victim socket_unix socket_netlink execute_descriptor execute_path kill_by_descriptor
        kill_victim kill_thread read_memory make_symlink change_mode change_mode_of_descriptor""".split():
    EXPECTED["agent", act] = DENIED
EXPECTED["agent", "make_secret_memory"] = PERMITTED
# A domain allows that only where it says so, which is in the destination of repositories.
EXPECTED["agent", "rename_away"] = (*DENIED, errno.EXDEV)
# Signal 0, as the probes use it.
EXPECTED["agent", "ask_for_victim"] = DENIED

# Older kernels: signals since Landlock's ABI 6, TCP ports since 4. landlock_create_ruleset(NULL, 0, VERSION) tells.
LANDLOCK_ABI = ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1)
if LANDLOCK_ABI < 6:
    for act in ("ask_for_victim", "kill_victim", "kill_by_descriptor"):
        EXPECTED["agent", act] = PERMITTED
    EXPECTED["git", "kill_by_descriptor"] = PERMITTED
if LANDLOCK_ABI < 4:
    EXPECTED["dial", "connect_held"] = EXPECTED["dial", "connect_new"] = PERMITTED

# Acts that this kernel and user may lack; all others have to succeed without a sandbox.
UNCERTAIN = {
    "open_memory_of_victim", "trace", "read_memory", "write_memory", "take_descriptor", "open_by_handle", "change_root",
    "clone_user_namespace", "clone_network_namespace", "clone_by_clone3", "unshare_user", "unshare_mounts",
    "socket_raw", "socket_packet", "socket_mptcp", "connect_by_sending", "start_io_uring", "load_bpf",
    "handle_faults", "use_keyring", "add_to_keyring", "count_events", "mount_something", "open_file_system",
    "read_kernel_log", "type_into_terminal", "type_with_high_bits", "select_text", "make_secret_memory",
    "set_name_of_host", "call_by_x32", "call_by_int80", "change_personality", "set_attribute", "change_discipline",
}
# An x86-64 kernel may have no such tables at all; the filter kills before that is known.
KILLED = {"call_by_x32", "call_by_int80"}

# The kernel lets these two by any filter: uretprobe(2) and uprobe(2), which are of use in its own trampolines only.
UNFILTERED = {335, 336} if platform.machine() == "x86_64" else set()

UNPRIVILEGED = ("setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "--no-new-privs",
                "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")  # fmt: skip


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def expected_sweep(role):
    """The action for each number with arguments of -1, by the file of the role's policy."""
    program = bpf.load(POLICIES / f"{role}.bpf")
    return [bpf.run(program, nr, (2**64 - 1,) * 6) for nr in range(NUMBERS)]


class Area:
    """A directory of this user with what the acts look for."""

    def __init__(self, prefix):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="ghward-escape-"))
        self.evidence = self.path / "evidence"
        self.evidence.write_text("evidence")
        (self.path / "link").symlink_to("/etc/passwd")
        self.second = self.path.with_name(self.path.name + ".second")
        self.second.mkdir(mode=0o700)
        (self.second / "empty").mkdir(mode=0o700)
        (self.path / "sub").mkdir(mode=0o700)
        if prefix:
            for path in (self.path, self.evidence, self.path / "sub", self.second, self.second / "empty"):
                os.chown(path, 1000, 1000)

    def remove(self):
        shutil.rmtree(self.path)
        shutil.rmtree(self.second)


class Sandboxed:
    """The tests; run as this user, and as an unprivileged one."""

    prefix = ()

    def run_act(self, role, mode, act):
        area = Area(self.prefix)
        try:
            return subprocess.run(
                [*self.prefix, PROGRAMS / f"escape-{role}", mode, area.path, act],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False,
            )  # fmt: skip
        finally:
            area.remove()

    def judge(self, result):
        """What became of an act: PERMITTED, ENDED, "killed" or an errno."""
        if result.returncode == 0:
            return PERMITTED
        if result.returncode == REFUSED:
            return int(result.stdout)
        if result.returncode == VIOLATION:
            self.assertRegex(result.stderr, r"^violation syscall=\d+ arch=[0-9a-f]+\n$")
            return ENDED
        if result.returncode == -signal.SIGSYS:
            return "killed"
        self.fail(f"{result.args}: {result.returncode} {result.stdout} {result.stderr}")

    def acts(self):
        output = subprocess.run([PROGRAMS / "escape-worker", "list"], capture_output=True, text=True, check=True)
        return output.stdout.split()

    def run_acts(self, jobs):
        """Runs (role, mode, act) at the same time, and yields them with their results in order."""
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            yield from zip(jobs, pool.map(lambda job: self.run_act(*job), jobs))

    def test_acts_succeed_without_a_sandbox(self):
        succeeded = 0
        for (_, _, act), result in self.run_acts([("worker", "control", act) for act in self.acts()]):
            with self.subTest(act=act):
                # A kernel without a 32-bit table answers int 0x80 with a fault.
                if act in UNCERTAIN and result.returncode in (REFUSED, -signal.SIGSEGV):
                    continue
                self.assertEqual(self.judge(result), PERMITTED)
                succeeded += 1
        self.assertGreater(succeeded, 45)

    def test_acts_are_ended_or_refused_inside(self):
        jobs = [(role, "inside", act) for role in ROLES for act in self.acts()]
        for (role, _, act), result in self.run_acts(jobs):
            with self.subTest(role=role, act=act):
                expected = EXPECTED.get((role, act), "killed" if act in KILLED else ENDED)
                if isinstance(expected, tuple):
                    self.assertIn(self.judge(result), expected)
                else:
                    self.assertEqual(self.judge(result), expected)

    def test_the_loaded_filter_is_the_roles_own(self):
        """Every number is tried: the process behaves as the file of its policy says, and no other file does."""
        model = {role: expected_sweep(role) for role in ROLES}
        for role in ROLES:
            output = subprocess.run(
                [*self.prefix, PROGRAMS / f"escape-{role}", "sweep"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True,
            )  # fmt: skip
            lines = [line.split() for line in output.stdout.splitlines()]
            lines = [line for line in lines if int(line[0]) not in UNFILTERED]
            self.assertGreater(len(lines), 500)
            fits = {
                other
                for other, actions in model.items()
                if all(self.fits(line, actions[int(line[0])]) for line in lines)
            }
            # Two that differ only in what arguments they let pass look the same from here.
            self.assertEqual(fits, {other for other in ROLES if model[other] == model[role]})
            self.assertLessEqual(len(fits), 2)

    def fits(self, line, action):
        nr, status, killed, *text = line
        if action == bpf.RET_TRAP:
            return int(status) == VIOLATION and text[:2] == ["violation", f"syscall={nr}"]
        if action & 0xFFFF0000 == bpf.RET_ERRNO:
            return text == ["returned", str(action & 0xFFFF)]
        if bpf.name(int(nr)) in ("exit", "exit_group"):
            return int(status) == 255
        if bpf.name(int(nr)) == "rt_sigreturn":  # to nowhere
            return int(killed) == signal.SIGSEGV
        return text[:1] == ["returned"] and int(killed) == 0

    def hold(self, arguments, area):
        process = subprocess.Popen(
            [*self.prefix, *arguments, area.path],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        line = process.stdout.readline()
        self.assertEqual(line, "held\n", process.stderr.read() if not line else "")
        return process

    def check_confinement(self, role, pid, filters):
        status = status_of(pid)
        self.assertEqual(status["Seccomp"], "2")
        self.assertEqual(int(status["Seccomp_filters"]), filters)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Threads"], "1")
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        # Only who may change it can empty the bounding set.
        if os.geteuid() == 0:
            self.assertEqual(int(status["CapBnd"], 16), 0)
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        if os.geteuid() == 0:
            self.assertEqual(os.stat(f"/proc/{pid}/environ").st_uid, 0)
        ignored = int(status["SigIgn"], 16)
        self.assertTrue(ignored & 1 << signal.SIGPIPE - 1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            self.assertEqual(bool(ignored & 1 << number - 1), role != "cli", number)
        self.assertTrue(int(status["SigCgt"], 16) & 1 << signal.SIGSYS - 1)
        session = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[3])
        self.assertEqual(session == pid, role != "cli")

    def test_confinement_as_the_kernel_sees_it(self):
        own = int(status_of(os.getpid()).get("Seccomp_filters", 0))
        for role in ROLES:
            with self.subTest(role=role):
                area = Area(self.prefix)
                self.addCleanup(area.remove)
                process = self.hold([PROGRAMS / f"escape-{role}", "hold"], area)
                self.check_confinement(role, process.pid, own + 1)
                self.check_loaded(role, process.pid)

    def check_loaded(self, role, pid):
        """Where the kernel shows filters to root, the one on top is the compiled one, byte for byte."""
        loaded = loaded_filter(pid)
        if loaded is not None:
            self.assertEqual(loaded, (POLICIES / f"{role}.bpf").read_bytes())

    def test_children_of_the_agent(self):
        """Each role can be loaded, confine itself and run inside of what the agent left it."""
        own = int(status_of(os.getpid()).get("Seccomp_filters", 0))
        for role in CHILDREN:
            with self.subTest(role=role):
                area = Area(self.prefix)
                self.addCleanup(area.remove)
                agent = subprocess.Popen(
                    [*self.prefix, PROGRAMS / "escape-agent", "spawn", area.path, PROGRAMS / f"escape-{role}"],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                )  # fmt: skip
                self.addCleanup(agent.communicate)
                self.addCleanup(agent.kill)
                line = agent.stdout.readline()
                self.assertEqual(line, "held\n", agent.stderr.read() if not line else "")
                children = pathlib.Path(f"/proc/{agent.pid}/task/{agent.pid}/children").read_text()
                child = os.pidfd_open(int(children.split()[0]))
                self.addCleanup(os.close, child)
                try:
                    self.check_confinement(role, int(children.split()[0]), own + 2)
                    agent.kill()
                    agent.wait()
                    # The audit writer drains before it ends; the others have nothing worth waiting for.
                    ended, _, _ = select.select([child], [], [], 0.2 if role == "audit" else 10)
                    self.assertEqual(bool(ended), role != "audit")
                finally:
                    with contextlib.suppress(ProcessLookupError):
                        signal.pidfd_send_signal(child, signal.SIGKILL)


class AsThisUser(Sandboxed, unittest.TestCase):
    pass


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv to become another user")
class AsUserWithoutCapabilities(Sandboxed, unittest.TestCase):
    prefix = UNPRIVILEGED


PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH, PTRACE_SECCOMP_GET_FILTER = 0x4206, 0x4207, 17, 0x420C


def loaded_filter(pid):
    """The topmost filter of a process as bytes, None where this kernel or user cannot say."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if libc.ptrace(PTRACE_SEIZE, pid, None, None) < 0:
        return None
    libc.ptrace(PTRACE_INTERRUPT, pid, None, None)
    os.waitpid(pid, 0x40000000)  # __WALL
    length = libc.ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0, None)
    code = ctypes.create_string_buffer(max(length, 1) * 8)
    if length > 0:
        libc.ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0, code)
    libc.ptrace(PTRACE_DETACH, pid, None, None)
    return code.raw[: length * 8] if length > 0 else None


if __name__ == "__main__":
    unittest.main()
