"""Every resource on one page: the router and /openapi.json are generated from this."""

import msgspec

from matchmaker.domain.errors import (
    GateRequired,
    Invalid,
    NotFound,
    PasswordRequired,
    RateLimited,
    StateConflict,
    Unavailable,
)
from server.accounts.sign_up_gate import Gate
from server.config.ice_servers import IceServers
from server.db.accounts.invite_codes import InviteCode, Made
from server.db.accounts.users import User
from server.db.moderation.reports import ReportCase
from server.db.safety.ip_bans import IpBan
from server.domain.ban_policy import Ban
from server.http.account import account_email, auth, client_address, export, me, sessions
from server.http.body import READING
from server.http.meeting import blocks, cooldowns, history, ice, invite_codes, referrals
from server.http.meeting.invite_codes import RedeemRequest
from server.http.moderation import admin, reports, review
from server.http.people import notifications
from server.http.people.channel_routes import CHANNELS
from server.http.people.people_routes import FRIENDS
from server.http.route import Handler, Route
from server.http.site import health, online, payments, specs


def _decision(path: str, handler: Handler, answer: type[msgspec.Struct] | None = None) -> Route:
    """Return the route of a decision of a moderator, with reasons."""
    return Route("POST", path, handler, review.DecisionRequest, answer, staff=True, refuses=(StateConflict,))


def _list(
    path: str, handler: Handler, answer: type[msgspec.Struct], query: type[msgspec.Struct] | None = None
) -> Route:
    """Return the route of a read by a moderator."""
    return Route("GET", path, handler, answer=answer, query=query, staff=True)


BAN = (NotFound, StateConflict)
LINK = (Invalid, NotFound)
CODE = (NotFound, RateLimited, StateConflict)
PASSWORD = (PasswordRequired, RateLimited)
SECRET = (RateLimited, StateConflict)
GATE = (GateRequired, RateLimited)
PAYMENT = (*READING, NotFound, RateLimited, Unavailable)
LETTER = (NotFound, RateLimited)
PROOF = (NotFound, RateLimited, StateConflict)

ROUTES = (
    Route("GET", "/v1/auth/gate", auth.show_gate, answer=Gate, open=True, refuses=(Unavailable,)),
    Route(
        "POST", "/v1/auth/guest", auth.sign_up, auth.SignUpRequest, auth.SignUpResponse, 201, open=True, refuses=GATE
    ),
    Route(
        "POST",
        "/v1/auth/upgrade",
        auth.upgrade,
        auth.MakePermanentRequest,
        auth.AccountResponse,
        refuses=(StateConflict, RateLimited),
    ),
    Route(
        "POST", "/v1/auth/login", auth.log_in, auth.LogInRequest, auth.SignUpResponse, open=True, refuses=auth.LOG_IN
    ),
    Route("POST", "/v1/auth/logout", auth.log_out, banned=True),
    Route(
        "POST", "/v1/auth/password", account_email.change_password, account_email.ChangePasswordRequest, refuses=SECRET
    ),
    Route("POST", "/v1/auth/email/letter", account_email.ask_to_verify, refuses=SECRET),
    Route("POST", "/v1/auth/email/verify", account_email.verify, account_email.EmailCodeRequest, refuses=PROOF),
    Route(
        "POST",
        "/v1/auth/reset/letter",
        account_email.ask_to_reset,
        account_email.EmailRequest,
        open=True,
        refuses=(RateLimited,),
    ),
    Route("POST", "/v1/auth/reset", account_email.reset, account_email.ResetPasswordRequest, open=True, refuses=LETTER),
    Route("GET", "/v1/me", me.show, answer=User, banned=True),
    Route(
        "PATCH",
        "/v1/me",
        me.update,
        me.UpdateProfileRequest,
        User,
        body_without_people=me.UpdateBasicProfileRequest,
    ),
    Route("DELETE", "/v1/me", me.delete, query=me.Deletion, banned=True, password=True, refuses=PASSWORD),
    Route("GET", "/v1/me/export", export.show, answer=export.Export, banned=True, password=True, refuses=PASSWORD),
    Route("GET", "/v1/sessions", sessions.show, answer=sessions.SessionsResponse),
    Route("DELETE", "/v1/sessions/{session_id}", sessions.revoke),
    Route("GET", "/v1/history", history.calls, answer=history.CallHistory, query=history.HistoryQuery),
    Route(
        "GET",
        "/v1/history/{room_id}/messages",
        history.messages,
        answer=history.Messages,
        query=history.TranscriptQuery,
    ),
    Route("GET", "/v1/cooldowns", cooldowns.show, answer=cooldowns.Cooldowns),
    Route("GET", "/v1/blocks", blocks.show, answer=blocks.BlocksResponse),
    Route("PUT", "/v1/blocks/{user_id}", blocks.block, refuses=(Invalid,)),
    Route("DELETE", "/v1/blocks/{user_id}", blocks.unblock),
    Route(
        "POST",
        "/v1/reports",
        reports.report,
        reports.ReportRequest,
        reports.ReportCreated,
        201,
        refuses=(NotFound, StateConflict),
    ),
    Route(
        "POST",
        "/v1/appeal",
        reports.appeal,
        reports.AppealRequest,
        Ban,
        201,
        banned=True,
        refuses=(NotFound, StateConflict),
    ),
    _list("/v1/admin/stats", admin.stats, admin.LiveStatsResponse),
    _list("/v1/admin/cases", review.open_cases, review.OpenCasesResponse, review.OpenCasesQuery),
    _list("/v1/admin/reports", review.cases, review.ReportsResponse, review.ReportsQuery),
    _list("/v1/admin/reports/{report_id}", review.case, ReportCase),
    Route(
        "POST",
        "/v1/admin/reports/{report_id}/confirm",
        review.confirm,
        review.ConfirmRequest,
        ReportCase,
        staff=True,
        refuses=(StateConflict,),
    ),
    _decision("/v1/admin/reports/{report_id}/vindicate", review.vindicate, ReportCase),
    _list("/v1/admin/bans", review.banned, review.BansResponse, review.BansQuery),
    Route("POST", "/v1/admin/bans", review.ban, review.BanRequest, Ban, 201, staff=True, refuses=BAN),
    _decision("/v1/admin/bans/{ban_id}/lift", review.lift),
    _list("/v1/admin/appeals", review.appeals, review.AppealsResponse, review.AppealsQuery),
    _decision("/v1/admin/appeals/{ban_id}/grant", review.grant),
    _decision("/v1/admin/appeals/{ban_id}/reject", review.reject),
    _list("/v1/admin/ip-bans", admin.banned_networks, admin.BannedNetworksResponse),
    Route(
        "POST",
        "/v1/admin/ip-bans",
        admin.ban_network,
        admin.BanNetworkRequest,
        IpBan,
        201,
        staff=True,
        admin=True,
        refuses=(StateConflict,),
    ),
    Route("DELETE", "/v1/admin/ip-bans/{ip_ban_id}", admin.unban_network, staff=True, admin=True),
    Route(
        "GET",
        "/v1/admin/invite-codes",
        invite_codes.listed,
        answer=invite_codes.InviteCodesResponse,
        staff=True,
        admin=True,
    ),
    Route(
        "POST",
        "/v1/admin/invite-codes",
        invite_codes.make,
        invite_codes.CreateCodesRequest,
        Made,
        201,
        staff=True,
        admin=True,
    ),
    _list("/v1/admin/audit", admin.log, admin.AuditResponse, admin.AuditQuery),
    Route(
        "POST",
        "/v1/referrals",
        referrals.create,
        referrals.CreateReferralRequest,
        referrals.ReferralLink,
        201,
        refuses=LINK,
    ),
    Route(
        "GET",
        "/v1/referrals/{code}",
        referrals.preview,
        answer=referrals.ReferralPreview,
        open=True,
        refuses=(NotFound,),
    ),
    Route("POST", "/v1/referrals/{code}/follow", referrals.follow, answer=referrals.FollowResponse, refuses=LINK),
    Route(
        "GET",
        "/v1/notifications",
        notifications.show,
        answer=notifications.NotificationsResponse,
        query=notifications.NotificationsQuery,
    ),
    Route("POST", "/v1/notifications/{notification_id}/read", notifications.read, refuses=(NotFound,)),
    Route(
        "POST",
        "/v1/notifications/{notification_id}/answer",
        notifications.answer,
        notifications.NotificationAnswer,
        refuses=BAN,
    ),
    *FRIENDS,
    *CHANNELS,
    Route("GET", "/v1/access", invite_codes.door, answer=invite_codes.AccessPolicyResponse, open=True),
    Route("GET", "/v1/invite-code", invite_codes.show, answer=InviteCode, refuses=(NotFound,)),
    Route("GET", "/v1/invite-code/qr.svg", invite_codes.qr, answer="image/svg+xml", refuses=(NotFound,)),
    Route(
        "POST", "/v1/invite-code/redeem", invite_codes.redeem, RedeemRequest, invite_codes.AccessResponse, refuses=CODE
    ),
    Route("POST", "/v1/payments/webhook", payments.webhook, answer=payments.PaymentReceipt, open=True, refuses=PAYMENT),
    Route("GET", "/v1/ice", ice.show, answer=IceServers),
    Route("GET", "/v1/online", online.show, answer=online.Online, open=True),
    Route("GET", "/v1/address", client_address.show, answer=client_address.ClientAddressResponse, open=True),
    Route("GET", "/healthz", health.alive, answer=health.Status, open=True),
    Route("GET", "/readyz", health.ready, answer=health.Status, open=True, refuses=(Unavailable,)),
    Route("GET", "/metrics", health.metrics, answer="text/plain", open=True, refuses=(NotFound,)),
    Route("GET", "/openapi.json", specs.openapi, answer="application/json", open=True),
    Route("GET", "/asyncapi.json", specs.asyncapi, answer="application/json", open=True),
)
