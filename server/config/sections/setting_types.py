"""Types of the values of settings: bounds, pattern, and their description in an error."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

Seconds = Annotated[float, Meta(ge=0.001, le=86_400, description="a number of seconds from 0.001 to 86400")]
LongSeconds = Annotated[float, Meta(ge=0, le=31_536_000, description="a number of seconds from 0 to 31536000 (a year)")]
Port = Annotated[int, Meta(ge=0, le=65_535, description="a port from 0 (any free one) to 65535")]
Text = Annotated[str, Meta(min_length=1, description="text")]
Host = Annotated[
    str, Meta(pattern=r"^[0-9A-Za-z_:][0-9A-Za-z_.:%-]{0,252}\Z", description="an address without brackets, or a name")
]
Switch = Annotated[bool, Meta(description="on or off")]
Postgres = Annotated[
    str, Meta(pattern=r"^postgres(ql)?://\S+\Z", description="a URL like postgresql://user:password@host:5432/rondo")
]
Redis = Annotated[
    str,
    Meta(
        pattern=r"^(rediss?://|unix://|rediss?\+cluster://|rediss?\+sentinel://[^/\s]+/[^/\s])\S*\Z",
        description="a URL like redis://host:6379/0, redis+sentinel://host,host/service or redis+cluster://host:6379, "
        "and its options, if any, those of docs/deployment.md",
    ),
]
Origin = Annotated[
    str, Meta(pattern=r"^https?://[^/\s,]+\Z", description="origins like https://rondo.example, by comma")
]
Site = Annotated[
    str, Meta(pattern=r"^https?://[A-Za-z0-9.:\[\]_-]+/?\Z", description="an origin like https://rondo.example")
]
Turn = Annotated[str, Meta(pattern=r"^turns?:[^\s,]+\Z", description="URLs like turn:turn.example:3478, by comma")]
Stun = Annotated[str, Meta(pattern=r"^stuns?:[^\s,]+\Z", description="URLs like stun:stun.example:3478, by comma")]
Secret = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/_-]{43,}=*\Z", description="at least 32 random bytes in base64")]
Proxies = Annotated[int, Meta(ge=0, le=16, description="a count of proxies from 0 to 16")]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,100}\Z", description="1 to 100 of A-Z a-z 0-9 . _ : -")]
Network = Annotated[
    str, Meta(pattern=r"^[0-9a-fA-F:.]+/\d{1,3}\Z", description="networks like 100.64.0.0/10, by comma")
]
Burst = Annotated[int, Meta(ge=1, le=100_000, description="a count from 1 to 100000")]
Count = Annotated[int, Meta(ge=1, le=1_000_000, description="a count from 1 to 1000000")]
Reporters = Annotated[int, Meta(ge=0, le=1_000, description="a count of people from 0 (never) to 1000")]
SignUps = Annotated[Literal["off", "pow", "turnstile"], Meta(description="off, pow or turnstile")]
Bits = Annotated[int, Meta(ge=1, le=32, description="a count of bits from 1 to 32")]
Address = Annotated[str, Meta(pattern=r"^https?://\S+\Z", description="a URL like https://host/path")]
Sessions = Annotated[int, Meta(ge=1, le=1_000, description="a count of sessions from 1 to 1000")]
Uses = Annotated[int, Meta(ge=1, le=1_000_000, description="a count of uses from 1 to 1000000")]
Folder = Annotated[Path, Meta(description="a folder")]
Relay = Annotated[
    str, Meta(pattern=r"^smtps?://\S+\Z", description="a URL like smtp://user:password@host:587, or smtps://…")
]
Sender = Annotated[
    str, Meta(pattern=r"^[^\r\n]*@[^\r\n]+\Z", description="an address like Rondo <hello@rondo.example>")
]
Years = Annotated[int, Meta(ge=18, le=99, description="an age from 18 to 99")]
Bands = Annotated[int, Meta(ge=18, le=99, description="ages from 18 to 99, rising, by comma, like 18,25,40")]
Ladder = Annotated[Literal["open", "invite_only"], Meta(description="open or invite_only")]
IcePolicy = Annotated[Literal["all", "relay"], Meta(description="all or relay")]
LogStyle = Annotated[Literal["json", "console"], Meta(description="json or console")]
