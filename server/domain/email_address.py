"""E-mail addresses: validation of a single mailbox, and the form in which two are compared."""

import unicodedata

import idna
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

SPECIAL_USE_DOMAIN_NAMES.clear()  # an operator's network may have mailboxes under localhost, .local or .test


def require_valid(address: str) -> None:
    """Check that *address* is exactly one mailbox; deliverability is not checked.

    The local part is a dot-string, SMTPUTF8 (RFC 6531) allowed; the domain is ASCII or IDNA 2008.

    Raises:
        ValueError: it is invalid, or a list, a comment, a display name, a quoted local part or an address literal.
    """
    for_smtp(address)


def for_smtp(address: str) -> str:
    """Return *address* for an SMTP envelope: in ASCII, unless its local part needs SMTPUTF8.

    Raises:
        ValueError: as `require_valid`; an address stored by an earlier release may be invalid.
    """
    try:
        found = validate_email(
            address, check_deliverability=False, globally_deliverable=False, allow_smtputf8=True, strict=True
        )
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return found.ascii_email or found.normalized


def key_of(text: str) -> str:
    """Return the form in which addresses are compared, independent of the locale of the database; defined for any text.

    Lower case, not case folding, which would map `strasse` and `straße` to one mailbox; NFC; the domain in Unicode.
    """
    local, at, domain = unicodedata.normalize("NFC", text.strip()).rpartition("@")
    try:
        domain = idna.decode(domain, uts46=True)
    except (idna.IDNAError, UnicodeError):
        domain = domain.lower()
    return unicodedata.normalize("NFC", local.lower() + at + domain)
