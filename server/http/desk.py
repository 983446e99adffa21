"""What the resources work with, wired once in `server.app`."""

import msgspec

from matchmaker.clock import Clock
from matchmaker.matchmaker import Matchmaker
from server.admission import Admission
from server.bulletin import Bulletin
from server.door import Doorkeeper
from server.faults import Faults
from server.figures import Figures
from server.gate import Gate
from server.headcount import Headcount
from server.health import Health
from server.http.limits import Limits
from server.http.pace import Pace
from server.ice_servers import Ice
from server.introducing import Introducing
from server.ladder import Ladder
from server.ledger.ledger import Ledger
from server.ledger.people import People
from server.ledger.sessions import Sessions
from server.mail import Mail
from server.metrics import Metrics, Scrape
from server.moderation import Moderation
from server.network_bans import NetworkBans
from server.origins import Origins
from server.passwords import Passwords
from server.people.channels.services import ChannelServices
from server.people.friends import FriendService
from server.people.notifications import NotificationService
from server.records import Records
from server.settings import Settings
from server.signup_gate import SignUpGate
from signaling.speaker import Speaker


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a handler may reach for."""

    settings: Settings
    clock: Clock
    door: Doorkeeper
    bulletin: Bulletin
    gate: Gate
    moderation: Moderation
    network_bans: NetworkBans
    figures: Figures
    headcount: Headcount
    admission: Admission
    introducing: Introducing
    ladder: Ladder
    origins: Origins
    people: People
    friends: FriendService
    notifications: NotificationService
    channels: ChannelServices
    records: Records
    mail: Mail
    sessions: Sessions
    ledger: Ledger
    matchmaker: Matchmaker
    speaker: Speaker
    limits: Limits
    pace: Pace
    sign_up_gate: SignUpGate
    passwords: Passwords
    ice: Ice
    health: Health
    metrics: Metrics
    faults: Faults
    scrape: Scrape
    openapi: bytes
    asyncapi: bytes
