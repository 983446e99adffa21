"""Every resource on one page: the router and /openapi.json are both made of this."""

import msgspec

from matchmaker.conduct import Ban
from matchmaker.errors import GateRequired, Invalid, NotFound, PasswordRequired, RateLimited, Taken, Unavailable
from server.http import (
    auth,
    blocks,
    cooldowns,
    documents,
    export,
    health,
    history,
    ice,
    invite_codes,
    letters,
    me,
    moderation,
    notifications,
    online,
    oversight,
    payments,
    referrals,
    reports,
    sessions,
    whence,
)
from server.http.body import READING
from server.http.channel_table import CHANNELS
from server.http.invite_codes import Redemption
from server.http.people_table import FRIENDS
from server.http.route import Handler, Route
from server.ice_servers import IceServers
from server.ledger.invite_codes import InviteCode, Made
from server.ledger.ip_bans import IpBan
from server.ledger.people import Person
from server.ledger.reports import Case
from server.signup_gate import Gate


def _decision(path: str, handler: Handler, answer: type[msgspec.Struct] | None = None) -> Route:
    """Return the route of something that a moderator decides, with reasons."""
    return Route("POST", path, handler, moderation.Statement, answer, staff=True, refuses=(Taken,))


def _list(
    path: str, handler: Handler, answer: type[msgspec.Struct], query: type[msgspec.Struct] | None = None
) -> Route:
    """Return the route of something that a moderator looks at."""
    return Route("GET", path, handler, answer=answer, query=query, staff=True)


BAN = (NotFound, Taken)
LINK = (Invalid, NotFound)
CODE = (NotFound, RateLimited, Taken)
PASSWORD = (PasswordRequired, RateLimited)
SECRET = (RateLimited, Taken)
GATE = (GateRequired, RateLimited)
PAYMENT = (*READING, NotFound, RateLimited, Unavailable)
LETTER = (NotFound, RateLimited)
PROOF = (NotFound, RateLimited, Taken)

TABLE = (
    Route("GET", "/v1/auth/gate", auth.show_gate, answer=Gate, open=True, refuses=(Unavailable,)),
    Route("POST", "/v1/auth/guest", auth.sign_up, auth.SignUp, auth.Admission, 201, open=True, refuses=GATE),
    Route("POST", "/v1/auth/upgrade", auth.upgrade, auth.NewCredentials, auth.Account, refuses=(Taken, RateLimited)),
    Route("POST", "/v1/auth/login", auth.log_in, auth.Credentials, auth.Admission, open=True, refuses=auth.LOG_IN),
    Route("POST", "/v1/auth/logout", auth.log_out, banned=True),
    Route("POST", "/v1/auth/password", letters.change_password, letters.Change, refuses=SECRET),
    Route("POST", "/v1/auth/email/letter", letters.ask_to_verify, refuses=SECRET),
    Route("POST", "/v1/auth/email/verify", letters.verify, letters.Code, refuses=PROOF),
    Route("POST", "/v1/auth/reset/letter", letters.ask_to_reset, letters.Address, open=True, refuses=(RateLimited,)),
    Route("POST", "/v1/auth/reset", letters.reset, letters.Reset, open=True, refuses=LETTER),
    Route("GET", "/v1/me", me.show, answer=Person, banned=True),
    Route("PATCH", "/v1/me", me.revise, me.Revision, Person),
    Route("DELETE", "/v1/me", me.delete, query=me.Deletion, banned=True, password=True, refuses=PASSWORD),
    Route("GET", "/v1/me/export", export.show, answer=export.Export, banned=True, password=True, refuses=PASSWORD),
    Route("GET", "/v1/sessions", sessions.show, answer=sessions.Devices),
    Route("DELETE", "/v1/sessions/{session_id}", sessions.revoke),
    Route("GET", "/v1/history", history.calls, answer=history.Calls, query=history.Page),
    Route("GET", "/v1/history/{room_id}/messages", history.messages, answer=history.Messages, query=history.Excerpt),
    Route("GET", "/v1/cooldowns", cooldowns.show, answer=cooldowns.Cooldowns),
    Route("GET", "/v1/blocks", blocks.show, answer=blocks.Blocks),
    Route("PUT", "/v1/blocks/{user_id}", blocks.block, refuses=(Invalid,)),
    Route("DELETE", "/v1/blocks/{user_id}", blocks.unblock),
    Route("POST", "/v1/reports", reports.report, reports.Complaint, reports.Filed, 201, refuses=(NotFound, Taken)),
    Route("POST", "/v1/appeal", reports.appeal, reports.Appeal, Ban, 201, banned=True, refuses=(NotFound, Taken)),
    _list("/v1/admin/stats", oversight.stats, oversight.LiveFigures),
    _list("/v1/admin/cases", moderation.open_cases, moderation.OpenCases, moderation.WhichCases),
    _list("/v1/admin/reports", moderation.cases, moderation.Cases, moderation.Queue),
    _list("/v1/admin/reports/{report_id}", moderation.case, Case),
    Route(
        "POST",
        "/v1/admin/reports/{report_id}/confirm",
        moderation.confirm,
        moderation.Confirmation,
        Case,
        staff=True,
        refuses=(Taken,),
    ),
    _decision("/v1/admin/reports/{report_id}/vindicate", moderation.vindicate, Case),
    _list("/v1/admin/bans", moderation.banned, moderation.Bans, moderation.WhichBans),
    Route("POST", "/v1/admin/bans", moderation.ban, moderation.Sentence, Ban, 201, staff=True, refuses=BAN),
    _decision("/v1/admin/bans/{ban_id}/lift", moderation.lift),
    _list("/v1/admin/appeals", moderation.appeals, moderation.Appeals, moderation.WhichAppeals),
    _decision("/v1/admin/appeals/{ban_id}/grant", moderation.grant),
    _decision("/v1/admin/appeals/{ban_id}/reject", moderation.reject),
    _list("/v1/admin/ip-bans", oversight.barred, oversight.Networks),
    Route(
        "POST",
        "/v1/admin/ip-bans",
        oversight.bar,
        oversight.Network,
        IpBan,
        201,
        staff=True,
        admin=True,
        refuses=(Taken,),
    ),
    Route("DELETE", "/v1/admin/ip-bans/{ip_ban_id}", oversight.unbar, staff=True, admin=True),
    Route("GET", "/v1/admin/invite-codes", invite_codes.listed, answer=invite_codes.Codes, staff=True, admin=True),
    Route("POST", "/v1/admin/invite-codes", invite_codes.make, invite_codes.Batch, Made, 201, staff=True, admin=True),
    _list("/v1/admin/audit", oversight.log, oversight.Entries, oversight.WhichEntries),
    Route("POST", "/v1/referrals", referrals.create, referrals.Introduction, referrals.Link, 201, refuses=LINK),
    Route("GET", "/v1/referrals/{code}", referrals.preview, answer=referrals.Preview, open=True, refuses=(NotFound,)),
    Route("POST", "/v1/referrals/{code}/follow", referrals.follow, answer=referrals.Introduced, refuses=LINK),
    Route("GET", "/v1/notifications", notifications.show, answer=notifications.Notifications, query=notifications.Page),
    Route("POST", "/v1/notifications/{notification_id}/read", notifications.read, refuses=(NotFound,)),
    Route(
        "POST", "/v1/notifications/{notification_id}/answer", notifications.answer, notifications.Answer, refuses=BAN
    ),
    *FRIENDS,
    *CHANNELS,
    Route("GET", "/v1/access", invite_codes.door, answer=invite_codes.Door, open=True),
    Route("GET", "/v1/invite-code", invite_codes.show, answer=InviteCode, refuses=(NotFound,)),
    Route("GET", "/v1/invite-code/qr.svg", invite_codes.qr, answer="image/svg+xml", refuses=(NotFound,)),
    Route("POST", "/v1/invite-code/redeem", invite_codes.redeem, Redemption, invite_codes.Standing, refuses=CODE),
    Route("POST", "/v1/payments/webhook", payments.webhook, answer=payments.Receipt, open=True, refuses=PAYMENT),
    Route("GET", "/v1/ice", ice.show, answer=IceServers),
    Route("GET", "/v1/online", online.show, answer=online.Online, open=True),
    Route("GET", "/v1/address", whence.show, answer=whence.Whence, open=True),
    Route("GET", "/healthz", health.alive, answer=health.Status, open=True),
    Route("GET", "/readyz", health.ready, answer=health.Status, open=True, refuses=(Unavailable,)),
    Route("GET", "/metrics", health.metrics, answer="text/plain", open=True, refuses=(NotFound,)),
    Route("GET", "/openapi.json", documents.openapi, answer="application/json", open=True),
    Route("GET", "/asyncapi.json", documents.asyncapi, answer="application/json", open=True),
)
