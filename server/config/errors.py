"""Errors that end the process before it serves: one line for the operator, no traceback."""


class StartupError(Exception):
    """The server cannot start; the message states the fault and the remedy."""

    exit_code = 1
    """Exit code. 1: a retry may help; 2: not before a setting was changed or space was freed."""


class ConfigError(StartupError):
    """One or more settings are invalid; the message has one line per fault."""

    exit_code = 2

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


class SurroundingsError(StartupError):
    """This machine lacks what a setting names: a program, a folder, space on its disk."""

    exit_code = 2
