"""Validation of the encoding of headers."""

from aiohttp import hdrs, web

from matchmaker.domain.errors import Invalid, Unauthenticated


def require_readable(request: web.BaseRequest) -> None:
    """Check that every header of *request* is UTF-8. aiohttp leaves other bytes as lone surrogates (PEP 383).

    Raises:
        Unauthenticated: `Authorization` is not: it holds no token of ours.
        Invalid: another header is not.
    """
    # One check for nearly all requests: 0.5 µs.
    if "".join(request.headers.values()).isascii():
        return
    for name, value in request.headers.items():
        try:
            value.encode()
        except UnicodeEncodeError:
            if name.lower() == hdrs.AUTHORIZATION.lower():
                raise Unauthenticated("the token is no text") from None
            raise Invalid(str(name), "this header is not UTF-8") from None
