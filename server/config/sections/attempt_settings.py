"""Limits of attempts that are worth guessing: each counts attempts within any ten minutes."""

from msgspec import Struct

from server.config.sections.setting_types import Count


class AttemptSettings(Struct, frozen=True, kw_only=True):
    """Limits of attempts per address or account within ten minutes; wider prefixes have the usual multiples."""

    wrong_passwords: Count = 30
    """Wrong passwords within ten minutes per address, per account, and per session: more than forgetful users need,
    fewer than guessing needs. Only failures count."""
    code_tries: Count = 30
    """Codes (of invites and e-mails) tried per address within ten minutes."""
    code_tries_of_account: Count = 10
    """Codes (of invites and e-mails) tried per account within ten minutes."""
    letters: Count = 6
    """E-mails requested per address within ten minutes."""
    letters_to_mailbox: Count = 3
    """E-mails to one mailbox within ten minutes: protects its owner from others who know the address."""
    exports: Count = 6
    """Exports per account within ten minutes."""
    password_checks_waiting: Count = 4
    """Limit of queued password checks per network; networks are served round robin, so that a flood of log-ins from one
    delays a log-in from another by a single check."""
