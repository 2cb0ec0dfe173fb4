"""The reference environment: uid 1000, no capabilities, no_new_privs, only one directory writable."""

from __future__ import annotations

import os
from pathlib import Path

UID = 1000

# $1 is the directory that stays writable, the rest is the command. All mounts are those of a namespace
# of its own; nothing outside of it changes. Device nodes stay usable on a read-only mount.
_SCRIPT = r"""
set -eu
writable=$1
shift
/bin/mount --make-rprivate /
/bin/mount --rbind "$writable" "$writable"
mounts=$(/bin/cat /proc/self/mounts)
echo "$mounts" | while read -r _ where type _; do
	case $type in
	proc | sysfs | devpts | mqueue | cgroup* | securityfs | tracefs | debugfs | bpf) continue ;;
	esac
	case $where in "$writable" | "$writable"/*) continue ;; esac
	# A test beside this one may just have taken its own away.
	wrong=$(/bin/mount -o remount,bind,ro "$where" 2>&1) && continue
	[ -e "$where" ] || continue
	echo "$wrong" >&2
	exit 1
done
# The working directory is still that of the mount below.
cd "$PWD"
exec /usr/bin/setpriv --reuid %d --regid %d --clear-groups --no-new-privs \
	--bounding-set=-all --inh-caps=-all --ambient-caps=-all -- "$@"
""" % (UID, UID)


def is_wanted() -> bool:
    return os.environ.get("GHWARD_LOCKED_DOWN") == "1"


def is_possible() -> bool:
    """Only root can take that much away."""
    return os.geteuid() == 0


def wrap(command: list[str], writable: Path) -> list[str]:
    """The command line that runs another one in this environment, as the same process."""
    script = ["/bin/sh", "-c", _SCRIPT, "locked-down", str(writable)]
    return ["/usr/bin/unshare", "--mount", *script, *command]


def as_user(uid: int) -> tuple[str, ...]:
    """What stands before a command that somebody else runs, who has nothing of root's."""
    return ("/usr/bin/setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups",
            "--bounding-set=-all", "--inh-caps=-all", "--")
