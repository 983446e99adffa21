"""Settings of what is worth trying often: each counts attempts within any ten minutes."""

from msgspec import Struct

from server.config.sections.setting_types import Count


class AttemptSettings(Struct, frozen=True, kw_only=True):
    """How often an address or an account may try, within ten minutes; at wider prefixes the usual multiples."""

    wrong_passwords: Count = 30
    """Wrong passwords within ten minutes from an address, for an account, and of a signed-in session: more than one
    person forgets, fewer than a guesser needs. Only failures count."""
    code_tries: Count = 30
    """Codes (of invites and of letters) that an address may try within ten minutes."""
    code_tries_of_account: Count = 10
    """The same of an account."""
    letters: Count = 6
    """Letters that an address may ask for within ten minutes."""
    letters_to_mailbox: Count = 3
    """Letters to one mailbox within ten minutes: it must not be flooded by others who know its address."""
    exports: Count = 6
    """Exports of one account within ten minutes."""
    password_checks_waiting: Count = 4
    """Checks of passwords that may wait from one network; networks are served in turn, so that a flood of logins from
    one delays a login from another by a single check."""
