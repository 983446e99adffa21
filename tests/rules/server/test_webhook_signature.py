"""The scheme of signed webhooks, at its edges."""

import pytest

from server.domain.webhook_signature import InvalidSignature, sign, verify

VECTOR = "ff7d36d5bb309a173a3a6972f8281e91d1594106ac01df380439e545a03f2919"
BODY, SECRET, NOW = b'{"id": 1}', "whsec_test", 1_700_000_000


def header(at: int = NOW, *signatures: str) -> str:
    return ",".join((f"t={at}", *(f"v1={one}" for one in signatures or (sign(BODY, SECRET, at=at),))))


def test_a_vector_from_openssl() -> None:
    # printf '1700000000.{"id": 1}' | openssl dgst -sha256 -hmac whsec_test
    assert sign(BODY, SECRET, at=NOW) == VECTOR


@pytest.mark.parametrize("off", [-300, 0, 300])
def test_five_minutes_either_way(off: int) -> None:
    verify(header(), BODY, SECRET, now=NOW + off)


@pytest.mark.parametrize(("off", "why"), [(301, "too late"), (-301, "from the future")])
def test_a_second_more(off: int, why: str) -> None:
    with pytest.raises(InvalidSignature, match=why):
        verify(header(), BODY, SECRET, now=NOW + off)


def test_any_of_several_signatures_fits() -> None:
    good = sign(BODY, SECRET, at=NOW)
    verify(header(NOW, "00", good), BODY, SECRET, now=NOW)
    verify(header(NOW, good, "00"), BODY, SECRET, now=NOW)
    verify(f"v0=00, {header()} ,x", BODY, SECRET, now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "t=,v1=00",
        "v1=00",
        f"t={NOW}",
        "t=1e9,v1=00",
        "t=٣,v1=00",
        header(NOW, *["00"] * 9),
        f"t=-1,{header()[13:]}",
    ],
)
def test_what_is_no_header(wrong: str) -> None:
    with pytest.raises(InvalidSignature, match="header"):
        verify(wrong, BODY, SECRET, now=NOW)


@pytest.mark.parametrize(
    "wrong", [header(NOW, "é"), header(NOW, ""), header(NOW, "00"), f"t={NOW + 1},{header()[13:]}"]
)
def test_what_does_not_fit(wrong: str) -> None:
    with pytest.raises(InvalidSignature, match="no signature"):
        verify(wrong, BODY, SECRET, now=NOW)


def test_another_secret_and_another_body() -> None:
    for body, secret in ((BODY + b" ", SECRET), (BODY, SECRET + "x")):
        with pytest.raises(InvalidSignature):
            verify(header(), body, secret, now=NOW)
