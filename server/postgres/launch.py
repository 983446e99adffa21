"""Executes `postgres`: run as a script, it drops root, sets the parent-death signal, and executes the program.

A script instead of `preexec_fn`, which may deadlock in a process with threads.
"""

import ctypes
import json
import os
import sys

PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SETPCAP = 1, 2, 8
CAPABILITY_V3 = 0x2008_0522


def main() -> None:
    """Run with the JSON object in the first argument as parameters."""
    wish = json.loads(sys.argv[1])
    if wish["uid"] is not None:
        _become(wish["uid"], wish["gid"], wish["paths"])
    if sys.platform == "linux":
        # After the change of user, which clears it; before the check of the parent, which may have ended already.
        _libc("prctl", PR_SET_PDEATHSIG, wish["signal"], 0, 0, 0)
        if os.getppid() != wish["parent"]:
            sys.exit("the server has ended")
    os.execve(wish["argv"][0], wish["argv"], wish["env"])  # noqa: S606 - the path is ours, there is no shell


def _become(uid: int, gid: int, paths: list[str]) -> None:
    """Drop root permanently, keeping at most the capability to traverse folders closed to others."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    keeps = None if _reaches(uid, paths) else _passage()
    if keeps is not None:
        # Capabilities survive the change of user, and access(2), by which initdb finds postgres, respects them.
        _libc("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setresuid(uid, uid, uid)
    if keeps is not None:
        _hold(keeps)


def _reaches(uid: int, paths: list[str]) -> bool:
    """Return whether *uid* can reach every one of *paths*: not if one is below a 0700 home of root."""
    os.seteuid(uid)
    try:
        return all(os.access(path, os.R_OK | os.X_OK, effective_ids=True) for path in paths)
    finally:
        os.seteuid(0)


def _passage() -> int:
    """Return the least available capability to read through closed folders; containers lack the first.

    Exits with an error line when there is neither, or no capabilities at all.
    """
    if sys.platform == "linux":
        with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib would double the time of a launch
            permitted = int(next(line for line in status if line.startswith("CapPrm")).split()[1], 16)
        for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
            if permitted >> capability & permitted >> CAP_SETPCAP & 1:
                return capability
    sys.exit("a folder above the data directory or the database's programs is closed to the database's user")


def _hold(capability: int) -> None:
    """Keep *capability*, and only it, across the exec of the program."""
    bit = 1 << capability
    header = (ctypes.c_uint32 * 2)(CAPABILITY_V3, 0)
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _libc("capset", header, data)
    _libc("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _libc(function: str, *arguments: object) -> None:
    """Call the C library.

    Raises:
        OSError: the call failed.
    """
    if getattr(ctypes.CDLL(None, use_errno=True), function)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{function}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
