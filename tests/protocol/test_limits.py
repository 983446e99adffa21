"""Rate limits, to the millisecond."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.networks import limit_prefixes
from signaling.connection.rate_limits import (  # fmt: skip
    CHAT,
    DISCOVER,
    FRAMES,
    INVITES,
    INVITES_PER_MS,
    AddressTokenBuckets,
    ConnectionCounter,
    KeyedTokenBuckets,
    Rate,
    SlidingWindowLimiter,
    SocketLimits,
    TokenBucket,
)

NOW = 1_800_000_000_000


def test_burst_then_one_at_a_time() -> None:
    bucket = TokenBucket(CHAT)
    assert [bucket.take(NOW) for _ in range(5)] == [0] * 5
    assert bucket.take(NOW) == 1_500
    assert bucket.take(NOW + 1_499) == 1
    assert bucket.take(NOW + 1_500) == 0
    assert bucket.take(NOW + 1_500) == 1_500


def test_sixty_frames_at_once_and_thirty_a_second() -> None:
    bucket = TokenBucket(FRAMES)
    assert all(bucket.take(NOW) == 0 for _ in range(60))
    assert bucket.take(NOW) == 34
    taken = sum(bucket.take(NOW + ms) == 0 for ms in range(1_001))
    assert taken == 30


def test_refunded_token_is_available() -> None:
    buckets = KeyedTokenBuckets(CHAT)
    for _ in range(5):
        assert buckets.take("ada", NOW) == 0
    buckets.give_back("ada")
    assert buckets.take("ada", NOW) == 0
    assert buckets.take("ada", NOW) == 1_500


def test_keys_have_own_buckets_and_full_ones_are_dropped() -> None:
    buckets = KeyedTokenBuckets(CHAT)
    for _ in range(6):
        buckets.take("ada", NOW)
    assert buckets.take("bob", NOW) == 0
    buckets.sweep(NOW + 1_500)
    assert len(buckets) == 1
    buckets.sweep(NOW + 7_500)
    assert len(buckets) == 0


def test_window_of_ten_never_allows_eleven() -> None:
    windows = SlidingWindowLimiter(10, 60_000)
    for second in range(10):
        assert windows.take("ada", NOW + second * 1_000) == 0
    assert windows.take("ada", NOW + 10_000) == 50_000
    assert windows.take("ada", NOW + 59_999) == 1
    assert windows.take("ada", NOW + 60_000) == 0
    assert windows.take("ada", NOW + 60_000) == 1_000
    windows.sweep(NOW + 120_000)
    assert len(windows) == 0


@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=200))
def test_retry_after_is_sufficient(gaps: list[int]) -> None:
    bucket, now = TokenBucket(Rate(100.0, 3)), NOW
    for gap in gaps:
        now += gap
        wait = bucket.take(now)
        if wait:
            assert bucket.take(now + wait - 1) != 0
            now += wait
            assert bucket.take(now) == 0


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=200))
def test_connection_count_is_exact(moves: list[tuple[str, bool]]) -> None:
    crowd, here = ConnectionCounter(3), {"a": 0, "b": 0}
    for address, comes in moves:
        if comes:
            assert crowd.enter(address) == (here[address] < 3)
            here[address] = min(3, here[address] + 1)
        elif here[address]:
            crowd.leave(address)
            here[address] -= 1
    for address, count in here.items():
        for _ in range(count):
            crowd.leave(address)
    assert len(crowd) == 0


def test_burst_of_5_listings_then_one_per_second() -> None:
    bucket = TokenBucket(DISCOVER)
    assert [bucket.take(NOW) for _ in range(6)] == [0] * 5 + [1_000]
    assert bucket.take(NOW + 999) == 1
    assert bucket.take(NOW + 1_000) == 0


def test_refusal_at_one_prefix_counts_at_none() -> None:
    buckets = AddressTokenBuckets(Rate(1_000, 2), limit_prefixes)
    for _ in range(2):
        assert buckets.take("203.0.113.1", NOW) == 0
    for _ in range(100):
        assert buckets.take("203.0.113.1", NOW) == 1_000
    others = [f"203.0.113.{n}" for n in range(2, 9)]
    assert [buckets.take(address, NOW) for address in others * 2] == [0] * 14
    assert buckets.take("203.0.113.9", NOW) == 125
    assert buckets.take("203.0.114.1", NOW) == 0


def test_addresses_of_a_limited_network_leave_no_entries() -> None:
    buckets = AddressTokenBuckets(Rate(1_000, 1), limit_prefixes)
    for n in range(1_000):
        buckets.take(f"2001:db8:0:{n:x}::1", NOW)
    assert len(buckets) <= 16 * 2 + 1_000 // 256 + 5
    buckets.sweep(NOW + 1_000)
    assert len(buckets) == 0


def test_connections_count_at_every_prefix() -> None:
    crowd = ConnectionCounter(2, limit_prefixes)
    for n in range(8):
        assert [crowd.enter(f"203.0.113.{n}") for _ in range(3)] == [True, True, False]
    assert not crowd.enter("203.0.113.99")
    crowd.leave("203.0.113.0")
    assert crowd.enter("203.0.113.99")
    for n in range(1, 8):
        for _ in range(2):
            crowd.leave(f"203.0.113.{n}")
    crowd.leave("203.0.113.0")
    crowd.leave("203.0.113.99")
    assert len(crowd) == 0


def test_used_limits_count_on_the_adopting_node() -> None:
    here, there = SocketLimits(on=True), SocketLimits(on=True)
    assert here.invites is not None
    assert there.invites is not None
    assert here.chat is not None
    assert there.chat is not None
    for _ in range(INVITES):
        here.invites.take("ada", NOW)
    for _ in range(CHAT.burst):
        here.chat.take("ada", NOW)
    there.adopt("ada", here.release("ada"))
    assert there.invites.take("ada", NOW + 1) == INVITES_PER_MS - 1
    assert there.chat.take("ada", NOW + 1) == CHAT.every_ms - 1
    assert (here.invites.take("ada", NOW + 1), here.chat.take("ada", NOW + 1)) == (0, 0)
    assert there.release("bob") == {}
    SocketLimits(on=False).adopt("ada", {"chat": [NOW]})
