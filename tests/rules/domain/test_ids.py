from uuid import UUID

from matchmaker.domain.ids import new_id, new_user_id, pair_of
from tests.support.builders import ADA, BOB, NOW


def test_row_id_is_uuid_v7_with_its_instant() -> None:
    found = UUID(new_id(NOW))
    assert found.version == 7
    assert found.variant == "specified in RFC 4122"
    assert found.int >> 80 == NOW


def test_user_id_is_random() -> None:
    found = {UUID(new_user_id()) for _ in range(1_000)}
    assert len(found) == 1_000
    assert {one.version for one in found} == {4}
    assert len({one.int >> 112 for one in found}) > 900


def test_ids_of_later_instants_are_greater() -> None:
    assert new_id(NOW) < new_id(NOW + 1)


def test_ids_are_unique() -> None:
    assert len({new_id(NOW) for _ in range(10_000)}) == 10_000


def test_pair_has_one_order() -> None:
    assert pair_of(ADA, BOB) == pair_of(BOB, ADA) == (ADA, BOB)
