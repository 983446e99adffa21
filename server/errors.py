"""What stops the process before it serves: one line for the operator, no traceback."""


class StartupError(Exception):
    """The server cannot start; the text says what is wrong and what to do about it."""


class ConfigError(StartupError):
    """One or more settings are wrong; the text has one line a fault."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))
