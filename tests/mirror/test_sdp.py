"""What is mended in the descriptions of browsers, and in ours."""

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


def test_hidden_addresses_and_the_end_of_candidates_are_taken_out() -> None:
    usable = sdp.usable(OFFER)
    gone = set(OFFER.splitlines()) - set(usable.splitlines())
    assert len(gone) == 2
    assert all(".local" in line or line == "a=end-of-candidates" for line in gone)


def test_a_hidden_address_is_recognised() -> None:
    assert sdp.is_mdns("candidate:1 1 udp 2113937151 2f1bd2c3-5d6f.local 51234 typ host")
    assert not sdp.is_mdns("candidate:1 1 udp 2113937151 192.0.2.7 51234 typ host")
    assert not sdp.is_mdns("nonsense.local")


def test_only_video_is_asked_to_be_thrifty() -> None:
    lines = sdp.thrifty(OFFER, kbps=321).splitlines()
    assert lines.count("b=AS:321") == 1
    # RFC 8866 section 5: the bandwidth stands between the connection and the attributes.
    assert lines[lines.index("b=AS:321") - 2].startswith("m=video")
    assert lines[lines.index("b=AS:321") - 1].startswith("c=")


def test_a_new_certificate_or_a_new_path_is_a_new_peer() -> None:
    assert sdp.peer(OFFER) == sdp.peer(OFFER.replace("51235", "51236"))
    assert sdp.peer(OFFER) != sdp.peer(OFFER.replace("AA:BB", "AA:CC"))
    assert sdp.peer(OFFER) != sdp.peer(OFFER.replace("Ab1/", "Ab2/"))
    assert sdp.peer("") == ()


def test_a_data_channel_is_noticed() -> None:
    assert sdp.has_data(OFFER)
    assert not sdp.has_data(OFFER.replace("m=application", "m=audio"))
