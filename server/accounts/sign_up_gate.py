"""The sign-up gate: the first sign-ups of an address are free, further ones need a proof of work
or a Turnstile token.
"""

from collections import Counter
from typing import Literal, assert_never

import msgspec

from matchmaker.domain.clock import Clock
from matchmaker.domain.errors import GateRequired, RateLimited, Unavailable
from server.accounts import proof_of_work
from server.accounts.turnstile import Turnstile
from server.auth.attempt_limits import AttemptLimits
from server.auth.keyed_hash import KeyedHasher
from server.config.settings import Settings
from server.domain.networks import limit_prefixes, network_of

Kind = Literal["none", "pow", "turnstile"]
Outcome = Literal["passed", "missing", "wrong", "unavailable"]
OVERTAKEN_BITS = 1
"""How many bits easier a challenge may be than one issued now: others may sign up while it is solved. Without a bound,
a stock of easy challenges would bypass the rising difficulty."""


class SignUpGatePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Limits and difficulty of the gate."""

    free: int
    """Sign-ups per address in ten minutes that need no proof."""
    most: int
    """Sign-ups per address in ten minutes, including those that pass the gate."""
    bits: int
    """Zero bits of the first proof of work."""
    step: int
    """Number of further sign-ups of the network that raise the difficulty by one bit."""
    site_key: str | None = None
    """Site key of the Turnstile widget."""


class Gate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a sign-up from the address of this request needs now."""

    kind: Kind
    challenge: str | None = None
    """Of `pow`: the challenge to solve; valid for 5 minutes, once, from your network."""
    bits: int | None = None
    """Of `pow`: number of zero bits that SHA-256(challenge + ":" + solution), in UTF-8, has to begin with."""
    site_key: str | None = None
    """Of `turnstile`: the site key of the widget."""


class GateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The proof: of `pow` challenge and solution, of `turnstile` the token."""

    challenge: str | None = None
    solution: str | None = None
    token: str | None = None


class SignUpGate:
    """Admits sign-ups. *mode* `off`: no gate; only the free sign-ups are admitted."""

    def __init__(
        self,
        limits: AttemptLimits,
        hasher: KeyedHasher,
        clock: Clock,
        *,
        policy: SignUpGatePolicy,
        mode: Literal["off", "pow"] | Turnstile,
        outcomes: Counter[str],
    ) -> None:
        """*outcomes* counts the sign-ups that needed to pass the gate."""
        self._limits = limits
        self._hasher = hasher
        self._clock = clock
        self._policy = policy
        self._mode = mode
        self._outcomes = outcomes

    async def show(self, address: str) -> Gate:
        """Return what a sign-up from *address* needs now.

        Raises:
            Unavailable: the database does not answer.
        """
        network = network_of(address)
        if network is None or self._mode == "off":
            return Gate(kind="none")
        load = await self._load(address)
        return Gate(kind="none") if load < self._policy.free else await self._gate(network, load)

    async def admit(self, address: str, answer: GateAnswer | None) -> None:
        """Count a sign-up from *address* with its proof, if any.

        Raises:
            GateRequired: it needs a proof of work or a Turnstile token; nothing was counted.
            RateLimited: the limit of the address is exceeded; nothing was counted.
            Unavailable: the database or Turnstile cannot be reached; nothing was counted.
        """
        try:
            await self._limits.sign_ups.spend(address)
        except RateLimited:
            network = network_of(address)
            if network is None or self._mode == "off":
                raise
            await self._require_answer(address, network, answer or GateAnswer())
            await self._limits.sign_ups.spend(address, many=self._policy.most)

    async def _require_answer(self, address: str, network: str, answer: GateAnswer) -> None:
        try:
            outcome = await self._judge(address, network, answer)
        except Unavailable:
            self._outcomes["unavailable"] += 1
            raise
        self._outcomes[outcome] += 1
        if outcome != "passed":
            gate = await self._gate(network, await self._load(address))
            raise GateRequired(msgspec.to_builtins(gate))

    async def _judge(self, address: str, network: str, answer: GateAnswer) -> Outcome:
        match self._mode:
            case "off":
                return "passed"
            case "pow":
                challenge, solution = answer.challenge, answer.solution
                if challenge is None or solution is None:
                    return "missing"
                now, least = self._clock.now(), self._bits(await self._load(address)) - OVERTAKEN_BITS
                if not await proof_of_work.is_solved(self._hasher, network, challenge, solution, least=least, now=now):
                    return "wrong"
                try:
                    await self._limits.challenges.spend(challenge)
                except RateLimited:
                    return "wrong"  # the challenge was used before
                return "passed"
            case Turnstile():
                if answer.token is None:
                    return "missing"
                return "passed" if await self._mode.is_earned(answer.token) else "wrong"
            case _:
                assert_never(self._mode)

    async def _gate(self, network: str, load: float) -> Gate:
        if isinstance(self._mode, Turnstile):
            return Gate(kind="turnstile", site_key=self._policy.site_key)
        challenge = await proof_of_work.issue(self._hasher, network, bits=self._bits(load), now=self._clock.now())
        return Gate(kind="pow", challenge=challenge.text, bits=challenge.bits)

    def _bits(self, load: float) -> int:
        """Return the difficulty of a challenge issued at *load*."""
        further = max(0, int(load) - self._policy.free)
        return min(proof_of_work.BITS_MAX, self._policy.bits + further // self._policy.step)

    async def _load(self, address: str) -> float:
        """Return the number of sign-ups of *address*, or of the prefix with the most for its size."""
        spent = await self._limits.sign_ups.spent(address)
        return max(count / factor for count, (_, factor) in zip(spent, limit_prefixes(address), strict=True))


def sign_up_gate(
    settings: Settings, limits: AttemptLimits, hasher: KeyedHasher, clock: Clock, *, outcomes: Counter[str]
) -> SignUpGate:
    """Return the gate that the settings configure."""
    policy = SignUpGatePolicy(
        free=settings.signups,
        most=settings.signups_gated,
        bits=settings.signup_gate_bits,
        step=settings.signup_gate_step,
        site_key=settings.turnstile_site_key,
    )
    turnstile = Turnstile(settings.turnstile_url, settings.turnstile_secret or "")
    mode = turnstile if settings.signup_gate == "turnstile" else settings.signup_gate
    return SignUpGate(limits, hasher, clock, policy=policy, mode=mode, outcomes=outcomes)
