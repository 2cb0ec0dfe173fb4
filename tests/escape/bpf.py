"""A model of seccomp filters: running one on a given call, and finding every call that it can allow."""

import ctypes
import platform
import struct

RET_KILL_PROCESS = 0x80000000
RET_TRAP = 0x00030000
RET_ERRNO = 0x00050000
RET_ALLOW = 0x7FFF0000
# Of an action, without what goes with it: the number of the error.
ACTION = 0xFFFF0000

# Numbers of system calls are below this.
SYSCALLS = 1024

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NATIVE_ARCH = AUDIT_ARCH[platform.machine()]
FOREIGN_ARCHES = {
    "i386": 0x40000003,
    "arm": 0x40000028,
    "riscv64": 0xC00000F3,
    "x86_64": AUDIT_ARCH["x86_64"],
    "aarch64": AUDIT_ARCH["aarch64"],
}
FOREIGN_ARCHES.pop(platform.machine())
X32_BIT = 0x40000000

# linux/bpf_common.h
LD_W_ABS, ALU_AND_K, JMP_JA, RET_K = 0x20, 0x54, 0x05, 0x06
JEQ_K, JGT_K, JGE_K, JSET_K = 0x15, 0x25, 0x35, 0x45

# Offsets in struct seccomp_data: number, architecture, instruction pointer, six arguments.
NR, ARCH, ARGUMENTS, SIZE = 0, 4, 16, 64
ALL = 0xFFFFFFFF


def load(path):
    with open(path, "rb") as file:
        return list(struct.iter_unpack("<HBBI", file.read()))


_seccomp = ctypes.CDLL("libseccomp.so.2")


def number(name):
    """The number of a system call here, None where the architecture does not have it."""
    found = _seccomp.seccomp_syscall_resolve_name(name.encode())
    return found if found >= 0 else None


def name(nr):
    _seccomp.seccomp_syscall_resolve_num_arch.restype = ctypes.c_char_p
    found = _seccomp.seccomp_syscall_resolve_num_arch(0, nr)
    return found.decode() if found else f"#{nr}"


class Word:
    """What is known of 32 bits: some bits, and values that masked bits do not have."""

    def __init__(self, mask=0, value=0, different=()):
        self.mask, self.value, self.different = mask, value & mask, different

    def equals(self, mask, value):
        """This word with `word & mask == value`, None if that cannot be."""
        if value & ~mask or (self.value ^ value) & self.mask & mask:
            return None
        return Word(self.mask | mask, self.value | value, self.different).checked()

    def differs(self, mask, value):
        if value & ~mask:
            return self
        return Word(self.mask, self.value, self.different + ((mask, value),)).checked()

    def checked(self):
        for mask, value in self.different:
            if mask & ~self.mask == 0 and self.value & mask == value:
                return None
        return self

    def example(self, filling):
        """A number that fits, taken from `filling` where it is free; None if none was found."""
        for attempt in range(64):
            number_ = (self.value & self.mask) | (filling & ~self.mask & ALL)
            if all(number_ & mask != value for mask, value in self.different):
                return number_
            filling = (filling * 1103515245 + 12345 + attempt) & ALL
        return None


def words(nr, arch=NATIVE_ARCH, arguments=None):
    """A call of which the number and some bits of arguments are known: {index: (mask, value)}, 64 bits each."""
    known = {NR: Word(ALL, nr), ARCH: Word(ALL, arch)}
    for index, (mask, value) in (arguments or {}).items():
        known[ARGUMENTS + 8 * index] = Word(mask & ALL, value & ALL)
        known[ARGUMENTS + 8 * index + 4] = Word(mask >> 32, value >> 32)
    return known


def explore(program, known):
    """Yields (action, words) for every way that a call as in `known` can take through the program."""
    todo = [(0, known, None)]
    while todo:
        at, state, loaded = todo.pop()
        code, yes, no, constant = program[at]
        if code == RET_K:
            yield constant, state
        elif code == LD_W_ABS:
            assert constant < SIZE and constant % 4 == 0
            todo.append((at + 1, state, (constant, ALL)))
        elif code == ALU_AND_K:
            todo.append((at + 1, state, (loaded[0], loaded[1] & constant)))
        elif code == JMP_JA:
            todo.append((at + 1 + constant, state, loaded))
        else:
            for truth, target in ((True, at + 1 + yes), (False, at + 1 + no)):
                word = branch(code, state.get(loaded[0], Word()), loaded[1], constant, truth)
                if word:
                    todo.append((target, {**state, loaded[0]: word}, loaded))


def branch(code, word, mask, constant, truth):
    if code == JEQ_K:
        return word.equals(mask, constant) if truth else word.differs(mask, constant)
    if word.mask & mask == mask:
        value = word.value & mask
        outcome = {JGT_K: value > constant, JGE_K: value >= constant, JSET_K: value & constant != 0}
        return word if outcome[code] == truth else None
    if code == JSET_K and not truth:
        return word.equals(mask & constant, 0)
    if code == JSET_K:
        return word.differs(mask & constant, 0)
    raise AssertionError("an argument is compared by size, which older libseccomp gets wrong")


def run(program, nr, arguments=(), arch=NATIVE_ARCH):
    """The action for one call."""
    known = words(nr, arch, {i: ((1 << 64) - 1, value) for i, value in enumerate(arguments)})
    for offset in range(0, SIZE, 4):
        known.setdefault(offset, Word(ALL, 0))
    actions = [action for action, _ in explore(program, known)]
    assert len(actions) == 1
    return actions[0]


def examples(state, fillings):
    """Calls that fit a state, as tuples of six arguments."""
    for filling in fillings:
        call = []
        for index in range(6):
            low, high = (
                state.get(ARGUMENTS + 8 * index + part, Word()).example(filling) for part in (0, 4)
            )
            if low is None or high is None:
                break
            call.append(high << 32 | low)
        else:
            yield tuple(call)


def can(program, action, nr, arguments=None, arch=NATIVE_ARCH):
    """Whether the filter gives this action to some call with that number and those bits of arguments."""
    return any(found == action for found, _ in explore(program, words(nr, arch, arguments)))


def allowed(program):
    """The numbers of all system calls that the filter allows for some arguments."""
    return {nr for nr in range(SYSCALLS) if can(program, RET_ALLOW, nr)}
