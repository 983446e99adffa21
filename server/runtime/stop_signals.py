"""The signals by which the service is told to stop."""

import signal


def stop_signals() -> list[signal.Signals]:
    """Return the signals that drain and end the service.

    SIGHUP is one: a terminal that is closed must not cut people off. Started with it ignored (nohup) we stay.
    """
    words = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        words.append(signal.SIGHUP)
    return words
