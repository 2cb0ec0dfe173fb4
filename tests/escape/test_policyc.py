"""The policy compiler: what it accepts means what it says, and what it must refuse it refuses with file and line.

GHWARD_BUILD names the build directory, by default build/ in the source tree.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

import bpf

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = pathlib.Path(os.environ.get("GHWARD_BUILD", ROOT / "build")) / "policy" / "compiler" / "policyc"

WHO = "# who: the test. why: to see.\n"


class CompilerTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def compile(self, *texts, names=("one.policy", "two.policy", "three.overlay")):
        paths = []
        for name, text in zip(names, texts):
            paths.append(self.directory / name)
            paths[-1].write_text(text)
        return subprocess.run(
            [COMPILER, "--role", "test", "--out", self.directory / "out.c", "--bpf", self.directory / "out.bpf", *paths],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def accept(self, *texts, **more):
        result = self.compile(*texts, **more)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return bpf.load(self.directory / "out.bpf")

    def refuse(self, line, reason, *texts, file="one.policy", **more):
        result = self.compile(*texts, **more)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(f"{file}:{line}: ", result.stderr)
        self.assertIn(reason, result.stderr)
        self.assertFalse((self.directory / "out.c").exists())

    def action(self, program, call, *arguments):
        return bpf.run(program, bpf.number(call), arguments)

    def test_actions(self):
        program = self.accept(WHO + "allow read\nerrno EACCES write\n")
        self.assertEqual(self.action(program, "read"), bpf.RET_ALLOW)
        self.assertEqual(self.action(program, "write"), bpf.RET_ERRNO | 13)
        self.assertEqual(self.action(program, "close"), bpf.RET_TRAP)

    def test_source(self):
        program = self.accept(WHO + "allow read\nallow fcntl where arg1 == F_GETFL\nallow fcntl where arg1 == F_GETFD\n")
        source = (self.directory / "out.c").read_text()
        self.assertIn('sandbox_filter_role = "test";', source)
        self.assertIn("sandbox_filter_syscalls = 2;", source)
        self.assertIn(f"sandbox_filter_length = {len(program)};", source)
        code, yes, no, constant = program[-1]
        self.assertIn(f"{{0x{code:04x}, {yes}, {no}, 0x{constant:08x}}},\n}};", source)

    def test_equality_is_over_64_bits(self):
        program = self.accept(WHO + "allow ioctl where arg1 == TIOCGWINSZ\n")
        self.assertEqual(self.action(program, "ioctl", 0, 0x5413), bpf.RET_ALLOW)
        self.assertEqual(self.action(program, "ioctl", 0, 1 << 32 | 0x5413), bpf.RET_TRAP)
        self.assertEqual(self.action(program, "ioctl", 0, 0x5412), bpf.RET_TRAP)

    def test_masks(self):
        program = self.accept(WHO + "allow mmap where arg2 & PROT_EXEC == 0 and arg3 & 0x20|0x2 == 0x20\n")
        self.assertEqual(self.action(program, "mmap", 0, 0, 3, 0x20), bpf.RET_ALLOW)
        self.assertEqual(self.action(program, "mmap", 0, 0, 3, 0x22), bpf.RET_TRAP)
        self.assertEqual(self.action(program, "mmap", 0, 0, 7, 0x20), bpf.RET_TRAP)
        self.assertEqual(self.action(program, "mmap", 0, 0, 3, 0), bpf.RET_TRAP)

    def test_joined_names(self):
        program = self.accept(WHO + "allow mmap where arg2 == PROT_READ|PROT_EXEC\n")
        self.assertEqual(self.action(program, "mmap", 0, 0, 5), bpf.RET_ALLOW)
        self.assertEqual(self.action(program, "mmap", 0, 0, 1), bpf.RET_TRAP)

    def test_rules_add_up_over_files(self):
        program = self.accept(WHO + "allow socket where arg0 == AF_INET\n", WHO + "errno EACCES socket where arg0 == AF_UNIX\n")
        self.assertEqual(self.action(program, "socket", 2), bpf.RET_ALLOW)
        self.assertEqual(self.action(program, "socket", 1), bpf.RET_ERRNO | 13)
        self.assertEqual(self.action(program, "socket", 10), bpf.RET_TRAP)

    def test_alternatives(self):
        program = self.accept(WHO + "allow no_such_call or read or write where arg0 == 3\n")
        self.assertEqual(self.action(program, "read", 3), bpf.RET_ALLOW)
        self.assertEqual(self.action(program, "read", 4), bpf.RET_TRAP)
        self.assertEqual(self.action(program, "write", 3), bpf.RET_TRAP)

    def test_maybe(self):
        program = self.accept(WHO + "maybe allow no_such_call\nmaybe allow read\n")
        self.assertEqual(self.action(program, "read"), bpf.RET_ALLOW)

    def test_one_explanation_for_a_group(self):
        self.accept("# a title\n\n" + WHO + "# more of it\nallow read\nallow write\n\n" + WHO + "allow close\n")

    def test_overlay_may_repeat(self):
        program = self.accept(
            WHO + "allow read\nallow fcntl where arg1 == F_GETFL\n", WHO + "allow write\n", WHO + "allow read\nallow fcntl\n"
        )
        self.assertEqual(self.action(program, "fcntl", 0, 99), bpf.RET_ALLOW)
        self.assertIn("sandbox_filter_syscalls = 3;", (self.directory / "out.c").read_text())

    def test_foreign_calls(self):
        program = self.accept(WHO + "allow read\n")
        for arch in bpf.FOREIGN_ARCHES.values():
            self.assertEqual(bpf.run(program, 0, arch=arch), bpf.RET_KILL_PROCESS)
        self.assertEqual(bpf.run(program, bpf.X32_BIT), bpf.RET_KILL_PROCESS)
        self.assertEqual(bpf.run(program, bpf.ALL), bpf.RET_KILL_PROCESS)
        self.assertEqual(bpf.run(program, bpf.X32_BIT - 1), bpf.RET_ERRNO | 38)

    def test_refuses_rules_without_explanation(self):
        self.refuse(1, "who:", "allow read\n")
        self.refuse(2, "who:", "# for the test, to see\nallow read\n")
        self.refuse(2, "who:", "# who: the test\nallow read\n")
        self.refuse(2, "who:", "# why: to see. who: the test\nallow read\n")
        self.refuse(2, "who:", "# who: why: to see\nallow read\n")
        self.refuse(2, "who:", "# who: the test. why:\nallow read\n")
        self.refuse(4, "who:", WHO + "allow read\n\nallow write\n")
        # The explanations of one file do not count in the next.
        self.refuse(1, "who:", WHO + "allow read\n", "allow write\n", file="two.policy")

    def test_refuses_what_it_does_not_know(self):
        self.refuse(2, "no such system call", WHO + "allow no_such_call\n")
        self.refuse(2, "no such system call", WHO + "allow no_such_call or another\n")
        self.refuse(2, "expected allow or errno", WHO + "permit read\n")
        self.refuse(2, "expected allow or errno", WHO + "kill read\n")
        self.refuse(2, "unknown errno", WHO + "errno EWRONG read\n")
        self.refuse(2, "unknown constant", WHO + "allow mmap where arg2 & PROT_WRONG == 0\n")
        self.refuse(2, "unknown constant", WHO + "allow mmap where arg2 == PROT_READ|\n")
        self.refuse(2, "unknown constant", WHO + "allow mmap where arg2 == 12x\n")
        self.refuse(2, "unknown constant", WHO + "allow mmap where arg2 == -1\n")
        self.refuse(2, "unknown constant", WHO + "allow mmap where arg2 == 99999999999999999999\n")
        self.refuse(2, "expected arg0 to arg5", WHO + "allow mmap where arg6 == 0\n")
        self.refuse(2, "expected arg0 to arg5", WHO + "allow mmap where\n")

    def test_refuses_comparisons_by_size(self):
        for comparison in ("<", ">", "<=", ">=", "!=", "="):
            self.refuse(2, "expected ==", WHO + f"allow read where arg2 {comparison} 4096\n")

    def test_refuses_bad_grammar(self):
        self.refuse(2, "expected where", WHO + "allow read arg0 == 3\n")
        self.refuse(2, "expected and", WHO + "allow read where arg0 == 3 or arg0 == 4\n")
        self.refuse(2, "two conditions", WHO + "allow read where arg0 == 3 and arg0 == 4\n")
        self.refuse(2, "too many conditions", WHO + "allow mmap where " + " and ".join(f"arg{i} == 0" for i in range(5)) + "\n")
        self.refuse(2, "without an end", WHO + "allow read")
        self.refuse(2, "without an end", WHO + "allow read " + "x" * 600 + "\n")

    def test_refuses_conditions_that_never_hold(self):
        self.refuse(2, "can never match", WHO + "allow mmap where arg2 & PROT_READ == PROT_EXEC\n")

    def test_refuses_duplicates(self):
        self.refuse(3, "nothing new", WHO + "allow read\nallow read\n")
        self.refuse(3, "nothing new", WHO + "allow fcntl where arg1 == F_GETFL\nallow fcntl where arg1 == F_GETFL\n")
        self.refuse(3, "nothing new", WHO + "allow fcntl\nallow fcntl where arg1 == F_GETFL\n")
        self.refuse(3, "nothing new", WHO + "allow fcntl where arg1 == F_GETFL\nallow fcntl\n")
        self.refuse(2, "nothing new", WHO + "allow read\n", WHO + "allow read\n", file="two.policy")

    def test_refuses_contradictions(self):
        self.refuse(3, "contradicts", WHO + "allow read\nerrno EACCES read\n")
        self.refuse(3, "contradicts", WHO + "errno EPERM read\nerrno EACCES read\n")
        self.refuse(3, "contradicts", WHO + "errno EPERM fcntl\nallow fcntl where arg1 == F_GETFL\n")
        self.refuse(
            3, "contradicts", WHO + "allow mmap where arg2 & PROT_EXEC == 0\nerrno EPERM mmap where arg3 & MAP_SHARED == MAP_SHARED\n"
        )
        self.refuse(2, "contradicts", WHO + "errno EPERM read\n", WHO, WHO + "allow read\n", file="three.overlay")

    def test_refuses_missing_files_and_wrong_usage(self):
        missing = subprocess.run(
            [COMPILER, "--role", "test", "--out", self.directory / "out.c", self.directory / "none"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.assertNotEqual(missing.returncode, 0)
        self.assertIn("No such file", missing.stderr)
        usage = subprocess.run([COMPILER, "--role", "test"], capture_output=True, text=True, check=False)
        self.assertEqual(usage.returncode, 2)
        self.assertIn("usage:", usage.stderr)


if __name__ == "__main__":
    unittest.main()
