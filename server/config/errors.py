"""What stops the process before it serves: one line for the operator, no traceback."""


class StartupError(Exception):
    """The server cannot start; the text says what is wrong and what to do about it."""

    exit_code = 1
    """A retry may help; 2: not before a setting was changed or space was freed."""


class ConfigError(StartupError):
    """One or more settings are wrong; the text has one line a fault."""

    exit_code = 2

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


class SurroundingsError(StartupError):
    """This machine does not have what a setting names: a program, a folder, room on its disk."""

    exit_code = 2
