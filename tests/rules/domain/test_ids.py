from uuid import UUID

from matchmaker.domain.ids import new_id, new_user_id, pair_of
from tests.support.builders import ADA, BOB, NOW


def test_an_id_is_a_uuid_of_version_7_that_tells_its_instant() -> None:
    found = UUID(new_id(NOW))
    assert found.version == 7
    assert found.variant == "specified in RFC 4122"
    assert found.int >> 80 == NOW


def test_an_id_of_a_user_is_random() -> None:
    found = {UUID(new_user_id()) for _ in range(1_000)}
    assert len(found) == 1_000
    assert {one.version for one in found} == {4}
    assert len({one.int >> 112 for one in found}) > 900


def test_ids_of_later_instants_are_greater() -> None:
    assert new_id(NOW) < new_id(NOW + 1)


def test_no_id_comes_twice() -> None:
    assert len({new_id(NOW) for _ in range(10_000)}) == 10_000


def test_a_pair_has_one_order() -> None:
    assert pair_of(ADA, BOB) == pair_of(BOB, ADA) == (ADA, BOB)
