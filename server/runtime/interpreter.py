"""How the Python interpreter was built."""

from collections.abc import Mapping


def build_flags(variables: Mapping[str, object]) -> str:
    """Return how the interpreter with these variables of `sysconfig` was optimized."""
    arguments, flags = (str(variables.get(name) or "") for name in ("CONFIG_ARGS", "PY_CFLAGS"))
    levels = [flag for flag in flags.split() if flag.startswith("-O")]
    return ", ".join(
        [
            "PGO" if has_pgo(variables) else "no PGO",
            "LTO" if "--with-lto" in arguments and "--with-lto=no" not in arguments else "no LTO",
            levels[-1] if levels else "no -O",
            *(["debug"] if variables.get("Py_DEBUG") else []),
        ]
    )


def has_pgo(variables: Mapping[str, object]) -> bool:
    """Return whether it was built with profile-guided optimization; without, Python code is a tenth slower or more."""
    return "--enable-optimizations" in str(variables.get("CONFIG_ARGS") or "")
