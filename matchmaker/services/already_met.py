"""Users whom the queue pairs with a user last: they were offered to each other, or are friends."""

from collections.abc import Sequence

from matchmaker.domain import user_state
from matchmaker.domain.ids import UserId
from matchmaker.services.state_store import StateStore


def meet_last(store: StateStore, user: UserId, friends: Sequence[UserId]) -> None:
    """Pair *user* with *friends* only if no new user waits, as if they had been offered already."""
    state = store.cached_state(user)
    known = None if state is None else user_state.with_offered(state, friends)
    if known is not None and known is not state:
        store.put(known)
