"""The webhook of payment providers: a payment counts once, and only with a recent signature."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
import structlog
from msgspec import Meta

from matchmaker.domain.errors import Invalid, MalformedRequest, NotFound
from matchmaker.domain.ids import UserId
from server.config.settings import Settings
from server.db.accounts.payments import Outcome, Provider
from server.domain.webhook_signature import InvalidSignature, verify
from server.http.body import read_body
from server.http.errors import request_error_of
from server.http.route import RequestContext
from server.http.services import HttpServices
from signaling.wire.constraints import UUID, AnyUser

HEADERS: dict[Provider, str] = {"generic": "Rondo-Signature", "stripe": "Stripe-Signature"}
PAID = ("paid", "no_payment_required")
"""Checkout sessions are also completed before the payment; then another event follows."""

log = structlog.get_logger()

PaymentId = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00]*\Z")]


class Payment(msgspec.Struct, frozen=True):
    """The generic body: a user has paid."""

    payment_id: PaymentId
    user_id: AnyUser


class Checkout(msgspec.Struct, frozen=True):
    """Stripe's Checkout Session, with the fields used here."""

    id: PaymentId
    payment_status: str
    client_reference_id: str | None = None
    """Pass the `user_id` when creating the session or the payment link; other values are ignored."""


class Data(msgspec.Struct, frozen=True):
    """The object of Stripe's event."""

    object: Checkout


class StripePaid(msgspec.Struct, frozen=True):
    """Stripe's event, of the two types that report a paid checkout."""

    data: Data


class StripeEvent(msgspec.Struct, frozen=True):
    """Any event of Stripe's."""

    type: str


class PaymentReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome."""

    status: Outcome | Literal["ignored"]


async def webhook(services: HttpServices, call: RequestContext[None]) -> PaymentReceipt:
    """Accept a payment of a provider, signed as `t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`.

    In the header `Rondo-Signature` (RONDO_PAYMENT_SECRET), with the body `{"payment_id", "user_id"}`; or in
    `Stripe-Signature` (RONDO_STRIPE_SECRET), with Stripe's events `checkout.session.completed` and
    `checkout.session.async_payment_succeeded`, the user's id in `client_reference_id`.
    """
    provider, secret, header = _scheme(services.settings, call.request.headers)
    body = await read_body(call.request, within_s=services.settings.body_timeout_s)
    try:
        verify(header, body, secret, now=services.clock.now() // 1_000)
    except InvalidSignature as forged:
        services.request_rate.require_address_rate(call.address, "POST")
        services.faults.warn("payment_refused", f"{provider} {forged}", provider=provider, reason=str(forged))
        raise Invalid("signature", "this was not signed with our secret within the last five minutes") from None
    try:
        payment = _stripe(body) if provider == "stripe" else msgspec.json.decode(body, type=Payment)
    except msgspec.ValidationError as error:
        refusal = request_error_of(error)
        services.faults.warn(
            "payment_refused", provider, provider=provider, reason="body", field=refusal.details.get("field")
        )
        raise refusal from None
    except (ValueError, RecursionError):
        services.faults.warn("payment_refused", f"{provider} not JSON", provider=provider, reason="not JSON")
        raise MalformedRequest("the body is not JSON", "body") from None
    if payment is None:
        return PaymentReceipt(status="ignored")
    outcome = await services.access.take_payment(provider, payment.payment_id, user=UserId(payment.user_id))
    # An event that changes nothing gets a 200 as well: a provider repeats everything else for days.
    level = log.warning if outcome == "unknown_user" else log.info
    level("payment", provider=provider, payment_id=payment.payment_id, outcome=outcome)
    return PaymentReceipt(status=outcome)


def _scheme(settings: Settings, headers: Mapping[str, str]) -> tuple[Provider, str, str]:
    """Return the signature scheme of a request, our secret for it, and the signature.

    Raises:
        NotFound: no secret is set for it, so there is no webhook.
    """
    secrets: dict[Provider, str | None] = {"stripe": settings.stripe_secret, "generic": settings.payment_secret}
    for provider, secret in secrets.items():
        if secret is not None and HEADERS[provider] in headers:
            return provider, secret, headers[HEADERS[provider]]
    for provider, secret in secrets.items():
        if secret is not None and not any(name in headers for name in HEADERS.values()):
            return provider, secret, ""
    raise NotFound("there is nothing here")


def _stripe(body: bytes) -> Payment | None:
    """Return the payment of a Stripe event; None: it is about something else, or not paid yet."""
    kind = msgspec.json.decode(body, type=StripeEvent).type
    if kind not in ("checkout.session.completed", "checkout.session.async_payment_succeeded"):
        return None
    checkout = msgspec.json.decode(body, type=StripePaid).data.object
    if checkout.payment_status not in PAID or not re.match(UUID, checkout.client_reference_id or ""):
        return None
    return Payment(payment_id=checkout.id, user_id=UserId(checkout.client_reference_id or ""))
