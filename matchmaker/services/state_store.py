"""The states of the users of this process, in dictionaries. One process owns a user: what is put, holds."""

from collections.abc import Callable, Collection, Iterable
from heapq import merge

import msgspec

from matchmaker.domain.ids import InviteId, UserId
from matchmaker.domain.invite import Invite
from matchmaker.domain.queue import MatchCandidates, Queue
from matchmaker.domain.ticket import AgeBand, Mode, Ticket, are_of_one_band
from matchmaker.domain.user_events import AnyUserEvent
from matchmaker.domain.user_state import UserState
from matchmaker.ports.user_changes import UserChanges
from matchmaker.services.introductions import first_introduced

_MODES: tuple[Mode, ...] = ("video", "text")


Deliver = Callable[[AnyUserEvent], None]
"""Receives the events of users."""


class StateStore:
    """Holds user states, queue and invites of one process; they are lost at a restart, by design."""

    def __init__(self, deliver: Deliver, changes: UserChanges | None = None) -> None:
        """*changes* publishes which users moved and which were forgotten, and which tickets wait."""
        self._deliver = deliver
        self.changes = changes or UserChanges()
        self._states: dict[UserId, UserState] = {}
        self._invites: dict[InviteId, Invite] = {}
        self._queue = Queue()
        self.pairing_suspended: set[UserId] = set()
        """Users who are neither paired nor listed for now, whatever their ticket says."""

    def invite(self, invite_id: InviteId) -> Invite | None:
        """Return an open invite."""
        return self._invites.get(invite_id)

    def put_invite(self, invite: Invite) -> None:
        """Store an open invite."""
        self._invites[invite.invite_id] = invite

    def remove_invite(self, invite_id: InviteId) -> None:
        """Drop an invite that has ended."""
        self._invites.pop(invite_id, None)

    def publish(self, events: Collection[AnyUserEvent]) -> None:
        """Publish *events* in order."""
        for event in events:
            self._deliver(event)

    def find_candidates(self, ticket: Ticket, *, now: int) -> MatchCandidates:
        """Return the candidates for *ticket*."""
        heads = self._queue.candidates(ticket, now=now)
        if ticket.introduced:
            # Introduced users are few: each is looked up, without a search.
            found = (self._states.get(user) for user in ticket.introduced if user not in self.pairing_suspended)
            waiting = (state.ticket for state in found if state is not None and state.is_waiting and state.ticket)
            heads = msgspec.structs.replace(heads, introduced=first_introduced(ticket, waiting, now=now))
        return heads

    def waiting(
        self, *, mode: Mode | None, band: AgeBand, first: Collection[UserId], skip: Collection[UserId], limit: int
    ) -> list[UserState]:
        """Return up to *limit* waiting users of *band*: those in *first*, then the longest-waiting."""
        preferred = [
            state
            for user in first
            if (state := self._states.get(user))
            and user not in self.pairing_suspended
            and _is_listed(state, mode, band)
        ]
        found = {state.user: state for state in preferred if state.user not in skip}
        for ticket in self._listed(mode, band):
            if len(found) >= limit:
                break
            if ticket.user not in skip:
                found.setdefault(ticket.user, self._states[ticket.user])
        return list(found.values())[:limit]

    def depth(self) -> dict[Mode, int]:
        """Return how many users wait, by mode."""
        return self._queue.depth()

    def put(self, state: UserState) -> None:
        """Store the state of a user."""
        user = state.profile.user_id
        before = self._states.get(user)
        self._states[user] = state
        if before is None or before.connected is not state.connected or before.room is not state.room:
            self.changes.moved.publish(state)
        # The field first: most states have no ticket, and the property costs a call.
        old = before.ticket if before is not None and before.ticket and before.is_waiting else None
        new = state.ticket if state.ticket and state.is_waiting else None
        if new is not old:
            self._unlist_ticket(old)
            if new is not None and user not in self.pairing_suspended:
                self._queue.add(new)
                self.changes.ticket_added.publish(new)

    def forget(self, user: UserId) -> None:
        """Drop the state of a user who has left, and publish that."""
        self._unlist(self._states.pop(user, None))
        self.changes.forgotten.publish(user)

    def remove(self, user: UserId) -> UserState | None:
        """Drop the state of *user*, who is in another process, and return it."""
        state = self._states.pop(user, None)
        self._unlist(state)
        self.pairing_suspended.discard(user)
        return state

    def cached_state(self, user: UserId) -> UserState | None:
        """Return the state of *user*; None: there is none."""
        return self._states.get(user)

    def users(self) -> list[UserId]:
        """Return the users that have a state here."""
        return list(self._states)

    def _listed(self, mode: Mode | None, band: AgeBand) -> Iterable[Ticket]:
        if mode is not None:
            return self._queue.listed(mode, band)
        return merge(*(self._queue.listed(one, band) for one in _MODES), key=lambda ticket: ticket.joined_at)

    def _unlist(self, state: UserState | None) -> None:
        if state is not None and state.is_waiting:
            self._unlist_ticket(state.ticket)

    def _unlist_ticket(self, ticket: Ticket | None) -> None:
        if ticket is not None:
            self._queue.discard(ticket)
            self.changes.ticket_removed.publish(ticket)

    def suspend_pairing(self, user: UserId) -> None:
        """Neither pair nor list *user* until `resume_pairing`."""
        if user not in self.pairing_suspended:
            self._unlist(self._states.get(user))
            self.pairing_suspended.add(user)

    def resume_pairing(self, user: UserId) -> bool:
        """Pair and list *user* again; return whether they wait."""
        if user not in self.pairing_suspended:
            return False
        self.pairing_suspended.discard(user)
        state = self._states.get(user)
        if state is None or not state.is_waiting or state.ticket is None:
            return False
        self._queue.add(state.ticket)
        self.changes.ticket_added.publish(state.ticket)
        return True


def _is_listed(state: UserState, mode: Mode | None, band: AgeBand) -> bool:
    ticket = state.ticket
    return (
        state.is_waiting
        and ticket is not None
        and ticket.wish.listed
        and mode in (None, ticket.wish.mode)
        and are_of_one_band(ticket.band, band)
    )
