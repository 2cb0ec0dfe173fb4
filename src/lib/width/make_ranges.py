#!/usr/bin/env python3
"""Writes ranges.h from Python's own copy of the Unicode character database.

Wide: East_Asian_Width W or F, which includes everything that is an emoji by default. Without width: nonspacing and
enclosing marks, and the vowels and finals of Hangul that join the syllable before them. What is not assigned counts
as what stands around it, so that the tables stay short.

Usage: make_ranges.py > ranges.h
"""

import sys
import unicodedata
from collections.abc import Callable

# Reserved for ideographs, assigned or not.
_PLANES = (range(0x20000, 0x2FFFE), range(0x30000, 0x3FFFE))
_JOINING_JAMO = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))


def is_wide(code: int) -> bool:
    if is_zero(code):
        return False
    return unicodedata.east_asian_width(chr(code)) in "WF" or any(code in plane for plane in _PLANES)


def is_zero(code: int) -> bool:
    return unicodedata.category(chr(code)) in ("Mn", "Me") or any(code in jamo for jamo in _JOINING_JAMO)


def ranges(belongs: Callable[[int], bool]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    open_until_here = False
    for code in range(0x80, sys.maxunicode + 1):
        unassigned = unicodedata.category(chr(code)) == "Cn"
        if unassigned and not any(code in plane for plane in _PLANES):
            continue
        if belongs(code):
            if open_until_here:
                found[-1] = (found[-1][0], code)
            else:
                found.append((code, code))
            open_until_here = True
        else:
            open_until_here = False
    return found


def table(name: str, entries: list[tuple[int, int]]) -> str:
    cells = [f"{{0x{first:x}, 0x{last:x}}}," for first, last in entries]
    rows = "".join("\t" + " ".join(cells[at:at + 4]) + "\n" for at in range(0, len(cells), 4))
    return f"static const struct range {name}[] = {{\n{rows}}};\n"


print(f"/* Made by make_ranges.py from Unicode {unicodedata.unidata_version}. */")
print("/* clang-format off */")
print(table("wide", ranges(is_wide)))
print(table("zero", ranges(is_zero)), end="")
