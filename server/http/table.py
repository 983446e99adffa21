"""Every resource on one page: the router and /openapi.json are both made of this."""

from matchmaker.errors import Invalid, NotFound, RateLimited, Taken, Unavailable
from server.http import auth, blocks, cooldowns, documents, health, history, ice, me, sessions
from server.http.route import Route
from server.http import invite_codes, notifications, payments, referrals
from server.ledger.invite_codes import InviteCode
from server.ledger.people import Person

TABLE = (
    Route("POST", "/v1/auth/guest", auth.sign_up, auth.SignUp, auth.Admission, 201, open=True, refuses=(RateLimited,)),
    Route("POST", "/v1/auth/upgrade", auth.upgrade, auth.Credentials, auth.Account, refuses=(Taken, RateLimited)),
    Route("POST", "/v1/auth/login", auth.log_in, auth.Credentials, auth.Admission, open=True, refuses=auth.LOG_IN),
    Route("POST", "/v1/auth/logout", auth.log_out),
    Route("GET", "/v1/me", me.show, answer=Person),
    Route("PATCH", "/v1/me", me.revise, me.Revision, Person),
    Route("DELETE", "/v1/me", me.delete),
    Route("GET", "/v1/sessions", sessions.show, answer=sessions.Devices),
    Route("DELETE", "/v1/sessions/{session_id}", sessions.revoke),
    Route("GET", "/v1/history", history.calls, answer=history.Calls, query=history.Page),
    Route("GET", "/v1/history/{room_id}/messages", history.messages, answer=history.Messages, query=history.Excerpt),
    Route("GET", "/v1/cooldowns", cooldowns.show, answer=cooldowns.Cooldowns),
    Route("GET", "/v1/blocks", blocks.show, answer=blocks.Blocks),
    Route("PUT", "/v1/blocks/{user_id}", blocks.block, refuses=(Invalid,)),
    Route("DELETE", "/v1/blocks/{user_id}", blocks.unblock),
    Route(
        "POST", "/v1/referrals", referrals.create, referrals.Introduction, referrals.Link, 201,
        refuses=(Invalid, NotFound),
    ),
    Route("GET", "/v1/referrals/{code}", referrals.preview, answer=referrals.Preview, open=True, refuses=(NotFound,)),
    Route(
        "POST", "/v1/referrals/{code}/follow", referrals.follow, answer=referrals.Introduced,
        refuses=(Invalid, NotFound),
    ),
    Route(
        "GET", "/v1/notifications", notifications.show, answer=notifications.Notifications, query=notifications.Page
    ),
    Route("POST", "/v1/notifications/{notification_id}/read", notifications.read, refuses=(NotFound,)),
    Route("GET", "/v1/access", invite_codes.door, answer=invite_codes.Door, open=True),
    Route("GET", "/v1/invite-code", invite_codes.show, answer=InviteCode, refuses=(NotFound,)),
    Route("GET", "/v1/invite-code/qr.svg", invite_codes.qr, answer="image/svg+xml", refuses=(NotFound,)),
    Route(
        "POST", "/v1/invite-code/redeem", invite_codes.redeem, invite_codes.Redemption, invite_codes.Standing,
        refuses=(NotFound, Taken),
    ),
    Route(
        "POST", "/v1/payments/webhook", payments.webhook, answer=payments.Receipt, open=True,
        refuses=(Invalid, NotFound),
    ),
    Route("GET", "/v1/ice", ice.show, answer=ice.IceServers),
    Route("GET", "/healthz", health.alive, answer=health.Status, open=True),
    Route("GET", "/readyz", health.ready, answer=health.Status, open=True, refuses=(Unavailable,)),
    Route("GET", "/metrics", health.metrics, answer="text/plain", open=True, refuses=(NotFound,)),
    Route("GET", "/openapi.json", documents.openapi, answer="application/json", open=True),
    Route("GET", "/asyncapi.json", documents.asyncapi, answer="application/json", open=True),
)
