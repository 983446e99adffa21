"""The language of the page that a browser will load: the same choice as in `web/app/i18n.js`."""

from collections.abc import Container

COOKIE = "lang"
"""The cookie with the language chosen on the page."""
FALLBACK = "en"


def preferred(available: Container[str], *, chosen: str | None, accepted: str) -> str:
    """Return the language to load; *chosen*: the cookie, *accepted*: the header Accept-Language (RFC 9110, 12.5.4)."""
    wanted = []
    for entry in accepted.split(",")[:20]:
        tag, _, weight = entry.partition(";")
        wanted.append((-_weight(weight), tag))
    tags = [chosen or "", *(tag for weight, tag in sorted(wanted, key=lambda pair: pair[0]) if weight)]
    codes = (tag.strip().lower().partition("-")[0] for tag in tags)
    return next((code for code in codes if code in available), FALLBACK)


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
