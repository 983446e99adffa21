"""The index of tickets without a match at their owners."""

from msgspec.structs import replace

from matchmaker.domain.ticket import Ticket
from server.cluster.pairing.match_index import MatchIndex, index_node
from tests.rules.services.test_state_store import NOW, ticket_of


def post(
    index: MatchIndex, ticket: Ticket, owner: str, *, can_move: bool = True, now: int = NOW
) -> tuple[str, str] | None:
    found = index.post(ticket, owner=owner, can_move=can_move, now=now)
    return None if found is None else (found[1].user, found[1].owner)


def test_younger_moves_to_the_owner_of_the_older() -> None:
    index = MatchIndex()
    assert post(index, ticket_of("a", since=NOW - 2), "one") is None
    assert post(index, ticket_of("b", since=NOW - 1), "two") == ("b", "one")


def test_older_moves_if_the_younger_is_not_at_its_owner() -> None:
    index = MatchIndex()
    post(index, ticket_of("a", since=NOW - 2), "one")
    assert post(index, ticket_of("b", since=NOW - 1), "two", can_move=False) == ("a", "two")


def test_no_move_if_neither_is_at_its_owner() -> None:
    index = MatchIndex()
    post(index, ticket_of("a", since=NOW - 2), "one", can_move=False)
    assert post(index, ticket_of("b", since=NOW - 1), "two", can_move=False) is None


def test_tickets_of_one_owner_are_not_proposed() -> None:
    index = MatchIndex()
    post(index, ticket_of("a", since=NOW - 2), "one")
    assert post(index, ticket_of("b", since=NOW - 1), "one") is None


def test_exclusions_hold() -> None:
    index = MatchIndex()
    post(index, ticket_of("a", since=NOW - 2, avoid={"b": NOW + 1}), "one")
    assert post(index, ticket_of("b", since=NOW - 1), "two") is None
    assert post(index, ticket_of("b", since=NOW - 1), "two", now=NOW + 1) == ("b", "one")


def test_pair_is_proposed_again_after_two_seconds_only() -> None:
    index = MatchIndex()
    post(index, ticket_of("a", since=NOW - 2), "one")
    post(index, ticket_of("b", since=NOW - 1), "two")
    assert index.tick(NOW + 1_999) == []
    ((_, again),) = index.tick(NOW + 2_000)
    assert again.user == "b"


def test_refused_pair_does_not_block_the_next() -> None:
    index = MatchIndex()
    post(index, ticket_of("a", since=NOW - 3), "one")
    post(index, ticket_of("b", since=NOW - 2), "two")
    post(index, ticket_of("c", since=NOW - 1), "three")
    ((_, found),) = index.tick(NOW + 300)
    assert {found.user, found.target} in ({"a", "c"}, {"b", "c"})


def test_introduced_user_is_proposed_first() -> None:
    index = MatchIndex()
    post(index, ticket_of("a", since=NOW - 3), "one")
    post(index, ticket_of("x", since=NOW - 2), "one")
    found = index.post(ticket_of("b", since=NOW - 1, introduced="x"), owner="two", can_move=True, now=NOW)
    assert found is not None
    assert found[1].target == "x"


def test_manual_and_limited_tickets_are_listed_and_not_proposed() -> None:
    index = MatchIndex()
    post(index, ticket_of("a", since=NOW - 3, pairing="manual"), "one")
    post(index, replace(ticket_of("c", since=NOW - 2), rests_until=NOW + 9_000), "one")
    assert post(index, ticket_of("b", since=NOW - 1), "two") is None
    assert [ticket.user for ticket in index.listed("text", 0, but="two", limit=9)] == ["a", "c"]


def test_withdrawn_expired_and_orphaned_tickets_are_removed() -> None:
    index = MatchIndex()
    for name, owner in (("a", "one"), ("b", "one"), ("c", "two")):
        post(index, ticket_of(name, since=NOW, avoid={"a": NOW * 2, "b": NOW * 2, "c": NOW * 2}), owner)
    index.withdraw(ticket_of("a").user, "two")
    assert len(index) == 3, "only its owner withdraws a ticket"
    index.withdraw(ticket_of("a").user, "one")
    index.tick(NOW, is_dead={"two"}.__contains__)
    assert len(index) == 1
    index.tick(NOW + 60_000)
    assert len(index) == 0


def test_index_nodes_are_spread_and_stable() -> None:
    nodes = [f"node{n}" for n in range(10)]
    chosen = {band: index_node(nodes, "video", band) for band in range(40)}
    assert len(set(chosen.values())) > 5
    fewer = [node for node in nodes if node != "node3"]
    moved = [band for band in chosen if index_node(fewer, "video", band) != chosen[band]]
    assert all(chosen[band] == "node3" for band in moved)
