from hypothesis import given
from hypothesis import strategies as st

from server.domain.share_codes import ALPHABET, INVITE_LENGTH, REFERRAL_LENGTH, new_code, read_code, spell

codes = st.text(ALPHABET, min_size=INVITE_LENGTH, max_size=INVITE_LENGTH)


def test_no_two_characters_look_alike() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


def test_codes_are_fresh() -> None:
    made = [new_code(REFERRAL_LENGTH) for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert {len(code) for code in made} == {10}
    assert set("".join(made)) == set(ALPHABET)


@given(codes)
def test_a_code_is_read_however_it_is_written(code: str) -> None:
    for text in (code, code.lower(), spell(code), f" {code} ", code.replace("0", "O").replace("1", "l")):
        assert read_code(text, INVITE_LENGTH) == code


def test_in_groups_as_they_are_read_aloud() -> None:
    assert spell("ABCD1234EFGH5678") == "ABCD-1234-EFGH-5678"
    assert spell("ABCDE12345") == "ABCDE-12345"


@given(st.text())
def test_whatever_is_no_code_is_none(text: str) -> None:
    code = read_code(text, REFERRAL_LENGTH)
    assert code is None or (len(code) == REFERRAL_LENGTH and set(code) <= set(ALPHABET))


def test_what_is_much_too_long_is_not_looked_at() -> None:
    assert read_code("-" * 1_000_000 + "0" * 10, 10) is None
