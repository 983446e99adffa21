"""The server against its OpenAPI document, with generated data: nothing undocumented, nothing taken that it forbids."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, Config, GenerationMode, Response
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from matchmaker.domain.ids import UserId
from server.app import App
from server.auth.ip_bans import network
from server.db.pool import Pool
from tests.http.conftest import Caller, SignUp
from tests.http.meeting.test_referrals import meet
from tests.http.test_permissions import own_channel

EXAMPLES = 6
"""Cases of one operation and mode; the two tests together take some 20 s on an idle core."""
CONFIG = Config.from_dict({"generation": {"allow-extra-parameters": False, "with-security-parameters": False}})
"""Parameters that are not in the document are passed over; each case brings a token."""
CHECKS: list[CheckFunction] = [
    content_type_conformance, response_headers_conformance, response_schema_conformance, status_code_conformance,
]  # fmt: skip
BEYOND = {
    "display_name": "has a visible character",
    "interests": "has a visible character, and 40 characters in lower case",
    "email": "an IDNA domain",
    "birth_date": "of an adult",
    "invite_code": "one that exists",
    "network": "an address or a network",
    "uses": "at most RONDO_INVITE_CODE_USES_MAX",
    "until_at": "none of a permanent ban, and in the future",
    "signature": "of the payment provider",
    "note": "none with a quiet request",
    "delivered": "an integer without a fraction",
    "kinds": "a choice that there is for the kind",
    "body": "visible, at most RONDO_MESSAGE_CHARS, and none only beside a file",
    "attachment_ids": "your own, each once",
    "emoji": "exactly one emoji",
    "name": "has a visible character",
    "q": "has a word",
    "bytes": "an integer without a fraction, as of the next three",
    "status_until_at": "as bytes",
    "read": "as bytes",
    "reply_to": "as bytes",
    "before": "one place at most",
    "after": "one place at most",
    "around": "one place at most",
    "changed_after": "one place at most",
    "avatar_id": "your own",
}
"""Fields with a rule that a schema cannot express."""
IN_PATHS = frozenset(("channel_id", "n"))
"""In a body, of a report, each of them depends on other fields."""
Call = Callable[[Case], Response]
Ids = dict[str, Any]


async def known(sign_up: SignUp, admin: Caller) -> Ids:
    """Return ids that exist, by the name of a field or path parameter."""
    ada, bob, dan, eve = [await sign_up(name) for name in ("Ada", "Bob", "Dan", "Eve")]
    await meet(ada, bob)
    link = await ada.post("/v1/referrals", {"target_user_id": bob.user_id})
    await meet(ada, dan)
    report = await ada.post("/v1/reports", {"user_id": dan.user_id, "category": "spam"})
    ban = await admin.post("/v1/admin/bans", {"user_id": dan.user_id, "statement": "spam"})
    ip_ban = await admin.post("/v1/admin/ip-bans", {"network": "192.0.2.7"})
    return {
        "user_id": eve.user_id,
        "report_id": report.body["report_id"],
        "ban_id": ban.body["ban_id"],
        "ip_ban_id": ip_ban.body["ip_ban_id"],
        "code": link.body["code"],
    }


@pytest.mark.settings(rate_limits=False, payment_secret="a secret of ours")
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
async def test_requests_are_answered_as_documented(
    sign_up: SignUp, anonymous: Caller, pool: Pool, mode: GenerationMode
) -> None:
    async def sign_up_admin() -> Caller:
        caller = await sign_up("Admin")
        await pool.execute("UPDATE users SET role = 'admin' WHERE user_id = $1::uuid", caller.user_id)
        return caller

    async def account() -> tuple[str | None, Ids]:
        caller = await sign_up_admin()
        channel_id = await own_channel(pool, caller)
        await caller.post(f"/v1/channels/{channel_id}/messages", {"client_id": "1", "body": "hello"})
        session_id = (await caller.get("/v1/sessions")).body["sessions"][0]["session_id"]
        return caller.token, {"session_id": session_id, "channel_id": channel_id, "n": 1, "emoji": "\N{THUMBS UP SIGN}"}

    def call(case: Case) -> Response:
        # Of each case its own account: it may end its session, or delete itself.
        token, own = asyncio.run_coroutine_threadsafe(account(), loop).result(60)
        if mode is GenerationMode.POSITIVE and next(turns) % 2:
            _name_known(case, ids | own)
        headers = {"Authorization": f"Bearer {token}"}
        response = case.call(base_url=anonymous.base, session=session, headers=headers, timeout=60)
        if response.status_code < 300:
            done.add(case.operation.label)
        return response

    loop, turns, done = asyncio.get_running_loop(), itertools.count(), set[str]()
    ids = await known(sign_up, await sign_up_admin())
    document = (await anonymous.get("/openapi.json")).body
    with requests.Session() as session:
        faults = await asyncio.to_thread(_try_all, document, mode, call)
    assert not faults, "\n\n".join(faults)
    if mode is GenerationMode.POSITIVE:
        assert done.issuperset(f"DELETE {path}" for path, verbs in document["paths"].items() if "delete" in verbs)


def _try_all(document: Any, mode: GenerationMode, call: Call) -> list[str]:
    faults = []
    for found in schemathesis.openapi.from_dict(document, config=CONFIG).get_all_operations():
        operation = found.ok()
        has_input = operation.body or operation.query or operation.path_parameters
        if mode is GenerationMode.NEGATIVE and not has_input:
            continue  # there is nothing to get wrong
        try:
            _try(operation, mode, call)
        except BaseExceptionGroup as fault:
            faults.append(f"{operation.label}: {[str(one) for one in fault.exceptions]}")
        except Unsatisfiable as fault:
            if mode is GenerationMode.POSITIVE or operation.body or operation.query:
                faults.append(f"{operation.label}: {fault}")  # else: hardly a text in a path is wrong
        except AssertionError as fault:
            faults.append(f"{operation.label}: {fault}")
    return faults


def _try(operation: APIOperation, mode: GenerationMode, call: Call) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: Case) -> None:
        response = call(case)
        assert response.status_code != 500, response.text
        case.validate_response(response, checks=CHECKS)
        if mode is GenerationMode.NEGATIVE:
            case.validate_response(response, checks=[negative_data_rejection])
        elif response.status_code == 400:
            error = response.json()["error"]
            assert error["code"] == "invalid", (error, case.body, case.query)
            assert error["field"] in BEYOND, (error, case.body, case.query)

    run()


def _name_known(case: Case, ids: Ids) -> None:
    """Let *case* be about what exists."""
    for fields, known_here in ((case.path_parameters, ids.keys()), (case.body, ids.keys() - IN_PATHS)):
        if isinstance(fields, dict):
            fields.update({name: ids[name] for name in fields if name in known_here})


@pytest.mark.settings(http_burst=1, http_write_burst=1, trusted_proxies=1)
async def test_refusals_of_any_request_are_documented(sign_up: SignUp, anonymous: Caller, app: App) -> None:
    document, admin = (await anonymous.get("/openapi.json")).body, UserId((await sign_up()).user_id)
    fast, banned = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "198.51.100.7"}
    await app.network_bans.ban(network("198.51.100.7"), reason="", until_at=None, by=admin, address="")
    seen = Counter[int]()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for headers in (fast, fast, banned):
                reply = await anonymous.call(method.upper(), path, headers=headers)
                assert str(reply.status) in operation["responses"], (method, path, reply)
                seen[reply.status] += 1
    assert seen[429] > 50
    assert seen[403] > 50
