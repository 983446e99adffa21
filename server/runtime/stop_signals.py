"""The signals that stop the service."""

import signal


def stop_signals() -> list[signal.Signals]:
    """Return the signals that drain and stop the service.

    SIGHUP is one: closing a terminal must not cut off users. If it was ignored at the start (nohup), it stays ignored.
    """
    words = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        words.append(signal.SIGHUP)
    return words
