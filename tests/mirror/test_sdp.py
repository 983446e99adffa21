"""What is mended in the descriptions of browsers, and in ours."""

import pytest
from aiortc.sdp import SessionDescription

from server.mirror import sdp

OFFER = """\
v=0
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=ice-ufrag:Ab1/
a=fingerprint:sha-256 AA:BB
a=candidate:1 1 udp 2113937151 2f1bd2c3-5d6f.local 51234 typ host generation 0
a=candidate:2 1 udp 2113937151 192.0.2.7 51235 typ host generation 0
a=end-of-candidates
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
""".replace("\n", "\r\n")


def test_no_line_with_an_address_is_left() -> None:
    kept = sdp.without_candidates(OFFER)
    assert kept.splitlines() == [line for line in OFFER.splitlines() if "candidate" not in line]
    assert kept.endswith("\r\n")


@pytest.mark.parametrize("end", ["\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028"])
def test_line_ends_are_those_of_aiortc(end: str) -> None:
    sneaky = OFFER + f"a=mid:0{end}a=candidate:9 1 udp 1 192.0.2.9 9 typ host\r\n"
    seen = SessionDescription.parse(sdp.without_candidates(sneaky))
    assert not any(media.ice_candidates or media.ice_candidates_complete for media in seen.media)


def test_addresses_are_parsed_and_names_are_not() -> None:
    assert sdp.addresses(OFFER) == [("192.0.2.7", 51235)]
    assert sdp.addresses("candidate:1 1 UDP 7 2001:db8::7 9 typ relay raddr 0.0.0.0 rport 9") == [("2001:db8::7", 9)]
    for candidate in ("", "candidate:", "candidate:1 1 udp x y", "candidate:1 1 tcp 7 192.0.2.7 9 typ host"):
        assert sdp.addresses(candidate) == []
    for place in ("192.0.2.7 0", "192.0.2.7 65536", "192.0.2.256 9", "evil.example 9", "2f1bd2c3.local 9"):
        assert sdp.addresses(f"candidate:1 1 udp 7 {place} typ host") == []


def test_bandwidth_limit_is_for_video_only() -> None:
    lines = sdp.thrifty(OFFER, kbps=321).splitlines()
    assert lines.count("b=AS:321") == 1
    # RFC 8866 section 5: the bandwidth stands between the connection and the attributes.
    assert lines[lines.index("b=AS:321") - 2].startswith("m=video")
    assert lines[lines.index("b=AS:321") - 1].startswith("c=")


def test_new_certificate_or_ufrag_is_a_new_peer() -> None:
    assert sdp.peer(OFFER) == sdp.peer(OFFER.replace("51235", "51236"))
    assert sdp.peer(OFFER) != sdp.peer(OFFER.replace("AA:BB", "AA:CC"))
    assert sdp.peer(OFFER) != sdp.peer(OFFER.replace("Ab1/", "Ab2/"))
    assert sdp.peer("") == ()


def test_data_channel_is_detected() -> None:
    assert sdp.has_data(OFFER)
    assert not sdp.has_data(OFFER.replace("m=application", "m=audio"))
