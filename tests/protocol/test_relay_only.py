"""Relay-only mode, rule by rule: only relay addresses are forwarded, and browsers accept the result."""

import json
import re
import time
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from aiortc.sdp import SessionDescription, candidate_from_sdp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from matchmaker.domain.errors import Invalid
from matchmaker.domain.ids import RoomId
from signaling.wire import relay_only
from signaling.wire.frames import Signal
from tests.relay.addresses import named_in

ROOM = RoomId("0197a000-0000-7000-8000-000000000000")
RELAY = "198.51.100.7"

# As Chromium writes it, shortened, with an address wherever one is allowed.
OFFER = """v=0
o=- 4611731400430051336 2 IN IP4 {a}
s={a}
i=written at {b}
u=http://{a}/
e=ada@{a}
c=IN IP4 {a}
b=AS:600
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
a=msid-semantic: WMS 4a1ab1f0-cf2b-4a8c-a1b5-3f6c9d3b5d30
a=tool:libsomething {a}
m=audio 51234 UDP/TLS/RTP/SAVPF 111 63
c=IN IP4 {a}
a=rtcp:51235 IN IP4 {a}
a=candidate:1 1 udp 2122260223 {a} 51234 typ host generation 0 network-id 1
a=candidate:2 1 udp 2122260223 2f1bd2c3-5d6f-4a52-b0c5-1d1f0b0d5a11.local 51234 typ host generation 0
a=candidate:3 1 udp 1685987071 {b} 51234 typ srflx raddr {a} rport 51234 generation 0
a=candidate:4 1 udp 41885695 {relay} 49170 typ relay raddr {b} rport 51234 generation 0 network-id 1 network-cost 10
a=candidate:5 1 tcp 1518280447 {a} 9 typ host tcptype active generation 0
a=candidate:6 1 tcp 41885439 {b} 49171 typ relay raddr {a} rport 9 tcptype passive
a=end-of-candidates
a=remote-candidates:1 {b} 49170
a=ice-ufrag:Ab1/
a=ice-pwd:0123456789abcdefghijklmn
a=ice-options:trickle
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=sendrecv
a=msid:4a1ab1f0-cf2b-4a8c-a1b5-3f6c9d3b5d30 0c2b6d6e-7f43-4a3c-9d43-1f3a3a3b0001
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=ssrc:1234567890 cname:ada@{b}
a=ssrc:1234567890 msid:4a1ab1f0-cf2b-4a8c-a1b5-3f6c9d3b5d30 0c2b6d6e-7f43-4a3c-9d43-1f3a3a3b0001
a=x-was-seen-at:{a}
m=application 0 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 {a}
a=bundle-only
a=mid:1
a=sctp-port:5000
a=max-message-size:262144
""".replace("\n", "\r\n")
FINGERPRINT = ":".join(f"{number * 8 % 256:02X}" for number in range(32))

patient = settings(deadline=None)  # On a busy machine any step takes longer.
v4 = st.ip_addresses(v=4).map(str)
v6 = st.ip_addresses(v=6).map(str)
anywhere = v4 | v6 | st.just("::ffff:192.168.1.23") | st.just("fe80::1")


def offer(a: str = "192.168.1.23", b: str = "2001:db8::17", relay: str = RELAY) -> str:
    return OFFER.format(a=a, b=b, relay=relay, fingerprint=FINGERPRINT)


def shown(payload: Any, field: str = "candidate") -> Any:
    """Return what the peer sees of a payload; None: nothing."""
    veiled = relay_only.strip_addresses(Signal(room_id=ROOM, **{field: Raw(json.dumps(payload).encode())}))
    return None if veiled is None else json.loads(bytes(getattr(veiled, field)))


@patient
@given(a=anywhere, b=anywhere, relay=v4 | v6)
@example(a="0.0.0.0", b="::", relay=RELAY)
def test_only_relay_addresses_are_left(a: str, b: str, relay: str) -> None:
    assert named_in(relay_only.description(offer(a, b, relay))) <= {str(ip(relay))}


def ip(text: str) -> IPv4Address | IPv6Address:
    return IPv6Address(text) if ":" in text else IPv4Address(text)


@patient
@given(a=anywhere, b=anywhere)
def test_relay_only_is_idempotent(a: str, b: str) -> None:
    once = relay_only.description(offer(a, b))
    assert relay_only.description(once) == once


@patient
@given(a=anywhere, b=anywhere, relay=v4 | v6)
def test_peer_can_parse_the_description(a: str, b: str, relay: str) -> None:
    parsed = SessionDescription.parse(relay_only.description(offer(a, b, relay)))
    audio, data = parsed.media
    assert [ip(candidate.ip) for candidate in audio.ice_candidates] == [ip(relay)]
    assert (audio.port, audio.host, data.port, audio.rtp.muxId, data.rtp.muxId) == (9, "0.0.0.0", 0, "0", "1")
    assert audio.dtls is not None
    assert audio.dtls.fingerprints[0].value == FINGERPRINT
    assert audio.ice.usernameFragment == "Ab1/"
    assert [codec.mimeType for codec in audio.rtp.codecs] == ["audio/opus", "audio/red"]


@patient
@given(st.text(alphabet="0123456789abcdefABCDEF:.x-[]%/@ \n=;,gl", max_size=60))
@example("a:1.2.3.4.5.6")
@example("1:2:3:4:5:6:7:8:9")
@example("0001.2.3.4")
@example("x.local.local")
def test_scrub_is_idempotent(text: str) -> None:
    once = relay_only.scrub(text)
    assert relay_only.scrub(once) == once


@patient
@given(address=anywhere, before=st.sampled_from(["", "a ", "cname:", "x=", "ada@", "(", "[", "a,", "x;"]),
       after=st.sampled_from(["", " b", ")", "]", ",", ";x", "/64", ".", "%eth0"]))  # fmt: skip
def test_scrub_removes_every_address(address: str, before: str, after: str) -> None:
    assert named_in(relay_only.scrub(f"{before}{address}{after}")) == set()


@pytest.mark.parametrize(
    "text",
    [
        "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
        "111 minptime=10;useinbandfec=1",
        "98 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
        "1234 cname:{0c2b6d6e-7f43-4a3c-9d43-1f3a3a3b0001}",
        "sendrecv *:[x=640,y=360]",
    ],
)
def test_other_text_is_kept(text: str) -> None:
    assert relay_only.scrub(text) == text


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_are_correct(end: str) -> None:
    veiled = relay_only.description(offer().replace("\r\n", end))
    assert veiled == relay_only.description(offer())
    assert re.fullmatch(r"(?:[^\r\n]+\r\n)+", veiled)


@pytest.mark.parametrize(
    "sdp",
    [
        "",
        "hello",
        "v=1\r\n",
        "\r\nv=0\r\n",
        "v=0\r\n\r\na=mid:0\r\n",
        "v=0\r\no=- 1 2 IN IP4\r\n",
        "v=0\r\no=- one two IN IP4 1.2.3.4\r\n",
        "v=0\r\nc=1.2.3.4\r\n",
        "v=0\r\nt=now\r\n",
        "v=0\r\nm=audio here RTP/AVP 0\r\n",
        "v=0\r\nm=audio 9\r\n",
        "v=0\r\nb=much\r\n",
        "v=0\r\na=\r\n",
        "v=0\r\na=candidate:1 1 udp\r\n",
        "v=0\r\na=fingerprint:1.2.3.4\r\n",
        "v=0\r\nA=mid:0\r\n",
        "v=0\r\n=\r\n",
        "v=0\r\na=mid:\x00\r\n",
        "v=0\ra=candidate:1\r\n",
        "v=0\r\n" + "a=mid:0\r\n" * 1_000,
    ],
)
def test_invalid_description_is_refused(sdp: str) -> None:
    with pytest.raises(Invalid) as refused:
        shown({"type": "offer", "sdp": sdp}, "description")
    assert refused.value.details["field"] == "description.sdp"


@patient
@given(st.text(max_size=200) | st.lists(st.sampled_from(OFFER.splitlines(keepends=True))).map("".join))
def test_any_payload_is_stripped_or_refused(sdp: str) -> None:
    for text in (sdp, f"v=0\r\n{sdp}"):
        try:
            veiled = relay_only.description(text)
        except Invalid:
            continue
        assert named_in(veiled) == set()
        assert relay_only.description(veiled) == veiled


def test_description_keeps_type_and_sdp_only() -> None:
    assert shown({"type": "rollback"}, "description") == {"type": "rollback"}
    assert shown({"type": "rollback", "sdp": None}, "description") == {"type": "rollback", "sdp": None}
    assert shown({"type": "rollback", "sdp": ""}, "description") == {"type": "rollback", "sdp": ""}
    assert shown({"type": "rollback", "sdp": "192.168.1.23"}, "description") == {"type": "rollback", "sdp": ""}
    answer = shown({"type": "answer", "sdp": offer(), "address": "192.168.1.23"}, "description")
    assert answer == {"type": "answer", "sdp": relay_only.description(offer())}


RELAYED = f"candidate:842163049 1 udp 41885695 {RELAY} 49170 typ relay raddr 192.168.1.23 rport 51234 generation 0 ufrag Ab1/ network-id 1"  # noqa: E501


def test_relay_candidate_is_rebuilt() -> None:
    init = {"candidate": RELAYED, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "Ab1/"}
    seen = shown(init | {"address": "10.0.0.7", "relatedAddress": "192.168.1.23", "url": "turn:10.0.0.8"})
    line = seen.pop("candidate")
    assert seen == {"sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "Ab1/"}
    assert re.fullmatch(
        rf"candidate:\d+ 1 udp 41885695 {RELAY} 49170 typ relay raddr 0\.0\.0\.0 rport 9 generation 0 ufrag Ab1/", line
    )
    assert shown({"candidate": line}) == {"candidate": line}
    assert candidate_from_sdp(line.removeprefix("candidate:")).ip == RELAY


def test_foundation_reveals_no_address() -> None:
    one, other = (shown({"candidate": RELAYED.replace("842163049", it)}) for it in ("842163049", "deadbeef"))
    assert one == other


@pytest.mark.parametrize("prefix", ["candidate:", "a=candidate:", ""])
def test_candidate_spellings(prefix: str) -> None:
    assert shown({"candidate": prefix + RELAYED.removeprefix("candidate:")}) == shown({"candidate": RELAYED})


def test_ipv6_candidate() -> None:
    line = shown({"candidate": RELAYED.replace(RELAY, "2001:0db8::0007")})["candidate"]
    assert " 2001:db8::7 49170 typ relay raddr :: rport 9" in line


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ("typ relay", "typ host"),
        ("typ relay", "typ srflx"),
        ("typ relay", "typ prflx"),
        ("typ relay", "typ future"),
        (" udp ", " tcp "),
        (" udp ", " ssltcp "),
        (RELAY, "2f1bd2c3-5d6f-4a52-b0c5-1d1f0b0d5a11.local"),
        (RELAY, "relay.example"),
        (RELAY, "fe80::1%eth0"),
    ],
)
def test_other_candidates_are_dropped(what: str, instead: str) -> None:
    assert shown({"candidate": RELAYED.replace(what, instead)}) is None


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (RELAYED, "candidate:"),
        (RELAYED, "candidate:192.168.1.23"),
        ("typ relay", "type relay"),
        (" 49170 ", " 70000 "),
        (" 1 udp", " 0 udp"),
        (" 1 udp", " \u0661 udp"),
        ("41885695", "-1"),
        ("41885695", "4188569500000"),
        ("842163049", "here:192.168.1.23"),
        (" typ", "  typ"),
        ("network-id 1", "network-id"),
    ],
)
def test_invalid_candidate_is_refused(what: str, instead: str) -> None:
    with pytest.raises(Invalid) as refused:
        shown({"candidate": RELAYED.replace(what, instead)})
    assert refused.value.details["field"] == "candidate"


@pytest.mark.parametrize("payload", [{"candidate": 7}, {"candidate": None}, {"candidate": "", "sdpMid": []}])
def test_invalid_candidate_init_is_refused(payload: Any) -> None:
    with pytest.raises(Invalid):
        shown(payload)


def test_end_of_candidates_is_forwarded() -> None:
    assert shown(None) is None
    assert relay_only.strip_addresses(Signal(room_id=ROOM, candidate=Raw(b"null"))) is not None
    assert shown({"candidate": "", "sdpMid": "0"}) == {"candidate": "", "sdpMid": "0"}
    assert shown({}) == {"candidate": ""}
    assert shown({"candidate": "", "usernameFragment": None}) == {"candidate": "", "usernameFragment": None}


@pytest.mark.parametrize(
    "bait",
    ["1" * 60_000, "1." * 30_000, ":" * 60_000, "a:" * 30_000, "x-" * 30_000, "1:.:" * 15_000, ".local" * 10_000],
)
def test_worst_case_is_linear(bait: str) -> None:
    began = time.process_time()
    relay_only.scrub(bait * (60_000 // len(bait)))
    assert time.process_time() - began < 1, "linear: a few milliseconds, on the slowest machine less than this"
