"""A user who waits on another node for longer than all users here is matched first."""

from matchmaker.domain.ticket import ALL_AGES, Ticket
from server.cluster.pairing.match_index import OLDER_MAX, MatchIndex
from server.cluster.pairing.older_tickets import VALID_MS, OlderTickets
from server.cluster.wire.messages import OlderTicket
from tests.rules.services.test_state_store import NOW, ticket_of

LOCAL_FIRST_MS = 2_000


def told(*older: Ticket) -> OlderTickets:
    found = OlderTickets(local_first_ms=LOCAL_FIRST_MS, interest_wait_ms=5_000)
    found.update("text", ALL_AGES, [OlderTicket(ticket, "two") for ticket in older], now=NOW)
    return found


def taken(older: OlderTickets, ticket: Ticket, found: Ticket | None = None, *, now: int = NOW) -> str | None:
    longest = older.take(ticket, found, now=now)
    return None if longest is None else longest.ticket.user


def test_newcomer_goes_to_a_ticket_that_is_older_by_the_whole_margin() -> None:
    here = ticket_of("h", since=NOW - 1_000)
    assert taken(told(ticket_of("a", since=NOW - 3_000)), ticket_of("n"), here) == "a"
    assert taken(told(ticket_of("a", since=NOW - 2_999)), ticket_of("n"), here) is None
    assert taken(told(ticket_of("a", since=NOW - 2_999)), ticket_of("n")) == "a", "nobody waits here"


def test_one_newcomer_at_a_time_goes_to_an_older_ticket() -> None:
    older = told(ticket_of("a", since=NOW - 9_000))
    assert taken(older, ticket_of("n")) == "a"
    assert taken(older, ticket_of("m")) is None


def test_users_who_may_not_meet_are_passed_over() -> None:
    barred, next_one = ticket_of("a", since=NOW - 9_000), ticket_of("b", since=NOW - 8_000)
    assert taken(told(barred, next_one), ticket_of("n", avoid={"a": NOW + 1})) == "b"
    assert taken(told(barred, next_one), ticket_of("n", offered=("a",))) == "b"


def test_older_ticket_offered_before_is_met_if_no_new_user_waits() -> None:
    newcomer, longest = ticket_of("n", offered=("a", "h")), ticket_of("a", since=NOW - 9_000)
    assert taken(told(longest), newcomer, ticket_of("h")) == "a", "both were offered: first come, first served"
    assert taken(told(longest), newcomer) == "a"
    assert taken(told(longest), newcomer, ticket_of("i")) is None
    assert taken(told(longest, ticket_of("b", since=NOW - 8_000)), newcomer) == "b"


def test_shared_interest_wins_until_the_older_ticket_has_waited_out_the_window() -> None:
    newcomer = ticket_of("n", interests=("go",))
    kindred = ticket_of("h", since=NOW - 10, interests=("go",))
    assert taken(told(ticket_of("a", since=NOW - 4_999)), newcomer, kindred) is None
    assert taken(told(ticket_of("a", since=NOW - 5_000)), newcomer, kindred) == "a"


def test_introduced_user_goes_before_an_older_ticket() -> None:
    newcomer = ticket_of("n", introduced="h")
    assert taken(told(ticket_of("a", since=NOW - 9_000)), newcomer, ticket_of("h")) is None


def test_expired_advertisement_is_ignored() -> None:
    assert taken(told(ticket_of("a", since=NOW - 9_000)), ticket_of("n"), now=NOW + VALID_MS) is None


def older_of(index: MatchIndex, node: str) -> list[str]:
    found = index.older_tickets(node, now=NOW, local_first_ms=LOCAL_FIRST_MS)
    return [posted.ticket.user for posted in found.get(("text", ALL_AGES), ())]


def test_index_lists_other_nodes_tickets_that_have_waited_for_the_margin() -> None:
    index = MatchIndex()
    for name, owner, waits_ms in (("a", "one", 9_000), ("b", "two", 2_000), ("c", "three", 1_999)):
        avoid = dict.fromkeys("abc", NOW + 60_000)
        index.post(ticket_of(name, since=NOW - waits_ms, avoid=avoid), owner=owner, can_move=True, now=NOW)
    assert older_of(index, "one") == ["b"]
    assert older_of(index, "two") == ["a"]
    assert older_of(index, "four") == ["a", "b"]


def test_node_with_an_older_ticket_that_does_not_fit_is_told_as_well() -> None:
    index = MatchIndex()
    index.post(ticket_of("a", since=NOW - 9_000, want=frozenset({"male"})), owner="one", can_move=True, now=NOW)
    index.post(ticket_of("b", since=NOW - 8_000), owner="two", can_move=True, now=NOW)
    assert older_of(index, "one") == ["b"]
    older = OlderTickets(local_first_ms=LOCAL_FIRST_MS, interest_wait_ms=5_000)
    older.update("text", ALL_AGES, [OlderTicket(ticket_of("b", since=NOW - 8_000), "two")], now=NOW)
    assert taken(older, ticket_of("n"), ticket_of("h")) == "b"


def test_index_lists_few_tickets_of_each_line_and_no_manual_or_new_one() -> None:
    index = MatchIndex()
    for n in range(OLDER_MAX + 2):
        avoid = {f"u{m}": NOW + 60_000 for m in range(OLDER_MAX + 2)}
        index.post(ticket_of(f"u{n}", since=NOW - 9_000 - n, avoid=avoid), owner="one", can_move=True, now=NOW)
    index.post(ticket_of("w", since=NOW - 3_000, want=frozenset({"male"})), owner="one", can_move=True, now=NOW)
    index.post(ticket_of("m", since=NOW - 20_000, pairing="manual"), owner="one", can_move=True, now=NOW)
    index.post(ticket_of("y", since=NOW - 1_999), owner="one", can_move=True, now=NOW)
    assert older_of(index, "two") == [*(f"u{n}" for n in range(OLDER_MAX + 1, 1, -1)), "w"]
