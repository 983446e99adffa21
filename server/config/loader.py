"""Settings from the environment: all faults are reported together, secrets are never shown."""

import importlib.util
import math
import re
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from server.config import railway
from server.config.errors import ConfigError
from server.config.sections.setting_types import Network
from server.config.settings import Settings

__all__ = ["LoadedConfig", "Settings", "load", "load_with_sources", "redact", "variable"]

PLAIN = frozenset({"host", "port", "database_url", "redis_url"})
"""Fields whose variable has no prefix, because platforms set these names."""
SECRETS = frozenset({"secret", "turn_secret", "payment_secret", "stripe_secret", "turnstile_secret", "s3_secret"})
HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[^\[\]:,@/?#\s]*)(?::\d{1,5})?"
URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?:(?P<user>[^:@/?#\[\]\s]*)(?::(?P<password>[^/?#\[\]\s]*))?@)?"
    rf"(?P<hosts>{HOST}(?:,{HOST})*)(?P<path>(?:/[^@?#\s]*)?)(?P<query>(?:\?[^@?#\s]*)?)"
)
"""A URL with credentials, and optionally several hosts (RFC 3986): `/`, `?` and `#` in a password
are percent-encoded."""
PORT_MAX = 65_535
ANY = {"::", "0.0.0.0"}  # noqa: S104 - compared, not bound
REDIS_PATH = {"": r"/?|/\d{1,5}", "sentinel": r"/[^/]+(/\d{0,5})?", "cluster": "/?|/0"}
"""The path of a Redis URL, by what follows the plus sign of its scheme: a database number, after the service name with
Sentinels; a Redis Cluster has one database."""
REDIS_OPTIONS = {
    "db": r"\d{1,5}",
    "ssl_cert_reqs": "none|optional|required",
    "socket_timeout": r"\d+(\.\d+)?",
    "socket_connect_timeout": r"\d+(\.\d+)?",
    "health_check_interval": r"\d+",
    "max_connections": r"\d+",
    "username": ".+",
    "password": ".+",
    "protocol": "[23]",
    **dict.fromkeys(("retry_on_timeout", "ssl_check_hostname"), "(?i:true|false|yes|no|[01])"),
    **dict.fromkeys(
        ("ssl_ca_certs", "ssl_ca_path", "ssl_ciphers", "ssl_certfile", "ssl_keyfile", "ssl_password"), ".+"
    ),
    **dict.fromkeys(("sentinel_username", "sentinel_password"), ".+"),
}
"""Allowed values of the options in a Redis URL. redis-py raises TypeError at the first command for another one, and for
one of TLS without it."""
WORDS = {"on": True, "yes": True, "true": True, "1": True, "off": False, "no": False, "false": False, "0": False}


class LoadedConfig(msgspec.Struct, frozen=True):
    """Settings, and the source of each."""

    settings: Settings
    sources: dict[str, str]
    """By field: `default`, `environment`, `file`, `flag` or `railway`."""
    warnings: tuple[str, ...]
    """One line for each variable that has our prefix and is unknown."""


def load(environ: Mapping[str, str], flags: Mapping[str, str | None] | None = None) -> Settings:
    """Return the settings of *environ* and *flags* (by field name; a flag takes precedence).

    Raises:
        ConfigError: at least one value is invalid; the message names each.
    """
    return load_with_sources(environ, flags).settings


def load_with_sources(environ: Mapping[str, str], flags: Mapping[str, str | None] | None = None) -> LoadedConfig:
    """Return the settings with the source of each, and warnings. A blank value is the same as none.

    Raises:
        ConfigError: at least one value is invalid; the message names each.
    """
    values: dict[str, Any] = {}
    faults: list[str] = []
    sources = dict.fromkeys(Settings.__struct_fields__, "default")
    offered = railway.offered(environ)
    for field, kind in _kinds().items():
        if (file := _file(field)) and all(environ.get(name, "").strip() for name in (variable(field), file)):
            faults.append(f"{variable(field)} and {file} are both set: set only one of them")
            continue
        try:
            name, text, sources[field] = _value_of(field, environ, flags or {}, offered)
        except (OSError, ValueError, RuntimeError) as error:
            why = _why(error)
            faults.append(f"{_file(field)}={environ[_file(field)]}: cannot be read ({why})")
            continue
        if not text:
            continue
        try:
            values[field] = _parse(text, kind)
            if field.endswith("_url"):
                _check_url(field, text)
        except (msgspec.ValidationError, ValueError, RuntimeError):
            faults.append(f"{name}={_redact_wrong(field, text)}: must be {_allowed(kind)}")
    faults += _contradictions(values)
    if faults:
        raise ConfigError(faults)
    return LoadedConfig(Settings(**values), sources, tuple(_unknown_variables(environ)))


def _why(error: Exception) -> str:
    """Return why the file of a setting cannot be read, for the message."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "there is no such user" if isinstance(error, RuntimeError) else "it is empty, or not text"


def variable(field: str) -> str:
    """Return the name of the environment variable of a field."""
    return field.upper() if field in PLAIN else f"RONDO_{field.upper()}"


def text_of(value: object) -> str:
    """Return *value* in the format of the environment variable."""
    match value:
        case None:
            return ""
        case bool():
            return "on" if value else "off"
        case tuple():
            return ",".join(map(str, value))
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _value_of(
    field: str, environ: Mapping[str, str], flags: Mapping[str, str | None], offered: Mapping[str, str]
) -> tuple[str, str, str]:
    """Return the value of *field*: variable, text (blank: not set), and source.

    Raises:
        OSError, ValueError, RuntimeError: the variable names a file that cannot be read, is empty, or is in the home of
        an unknown user.
    """
    if flag := (flags.get(field) or "").strip():
        return f"--{field}", flag, "flag"
    name, file = variable(field), _file(field)
    if text := environ.get(name, "").strip():
        return name, text, "environment"
    if path := environ.get(file, "").strip():
        if not (text := Path(path).expanduser().read_text().strip()):
            raise ValueError(path)
        return file, text, "file"
    return name, offered.get(field, ""), "railway" if field in offered else "default"


def _file(field: str) -> str:
    """Return the variable that names a file with the value; blank if *field* is no secret.

    Containers get secrets as files: the environment of a container can be read by anything that inspects it.
    """
    return f"{variable(field)}_FILE" if field in SECRETS or field.endswith("_url") else ""


def redact(field: str, text: str) -> str:
    """Return *text*, the value of *field*, without secrets and without the passwords of URLs.

    A URL that cannot be parsed is not shown: its password cannot be located.
    """
    if field in SECRETS:
        return "***"
    if not field.endswith("_url"):
        return text
    if (url := URL.fullmatch(text)) is None:
        return "***"
    secret = "" if url["password"] is None else ":***"
    user = "" if url["user"] is None else f"{url['user']}{secret}@"
    query = re.sub(r"([?&][^=&]*(?:pass|secret|key)[^=&]*=)[^&]*", r"\1***", url["query"], flags=re.IGNORECASE)
    return f"{url['scheme']}://{user}{url['hosts']}{url['path']}{query}"


def _redact_wrong(field: str, text: str) -> str:
    """Return *text*, an invalid value of *field*, in a form that may be shown."""
    return "***" if field.endswith(("_urls", "_origins")) else redact(field, text)


def _kinds() -> dict[str, Any]:
    """Return each field's type, without None ("not set")."""
    return {field: _without_none(hint) for field, hint in get_type_hints(Settings, include_extras=True).items()}


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return next(kind for kind in get_args(hint) if kind is not NoneType)
    return hint


def _parse(text: str, kind: Any) -> Any:
    """Return *text* as a value of *kind*.

    Raises:
        ValueError: it is invalid (msgspec's ValidationError is one).
        RuntimeError: it is in the home (`~name`) of a user who does not exist.
    """
    base = _base(kind)
    if base is bool:
        if text.lower() not in WORDS:
            raise ValueError(text)
        return WORDS[text.lower()]
    if base is tuple:
        parts = tuple(filter(None, (part.strip() for part in text.split(","))))
        if kind == tuple[Network, ...]:
            return tuple(str(ip_network(part)) for part in msgspec.convert(parts, kind))
        return msgspec.convert(parts, kind, strict=False)
    if base is Path:
        return Path(text).expanduser()
    value = msgspec.convert(text, kind, strict=False)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(text)
    return value


def _check_url(field: str, text: str) -> None:
    """Check the parts of a URL.

    Raises:
        ValueError: a part is missing, or its port, database or option is invalid.
    """
    url = URL.fullmatch(text)
    if url is None or any(int(port) > PORT_MAX for port in re.findall(r":(\d+)(?=,|$)", url["hosts"])):
        raise ValueError(field)
    if field == "redis_url":
        _check_redis_url(url)


def _check_redis_url(url: re.Match[str]) -> None:
    """Check what is particular to Redis. Raises as `_check_url`."""
    plain, _, kind = url["scheme"].partition("+")
    hosts = url["hosts"]
    if plain != "unix" and not (hosts.lstrip(":0123456789") and re.fullmatch(REDIS_PATH[kind], url["path"])):
        raise ValueError(hosts)
    if "," in hosts and not kind:
        raise ValueError(hosts)
    for option in filter(None, url["query"][1:].split("&")):
        name, _, value = option.partition("=")
        fits = {"ssl": plain == "rediss", "sentinel": kind == "sentinel"}.get(name.partition("_")[0], True)
        if not fits or not re.fullmatch(REDIS_OPTIONS.get(name, ""), value):
            raise ValueError(name)


def _base(kind: Any) -> Any:
    """Return the class without `Annotated` and type parameters."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return get_origin(kind) or kind


def _allowed(kind: Any) -> str:
    """Return a description of the valid values of *kind*; for a tuple, of its items."""
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]
    return next(str(meta.description) for meta in get_args(kind) if isinstance(meta, msgspec.Meta))


def _contradictions(values: Mapping[str, Any]) -> list[str]:
    """Return a line for each combination of settings that is inconsistent."""
    if values.get("trusted_proxies") and values.get("real_ip_from"):
        return ["RONDO_TRUSTED_PROXIES and RONDO_REAL_IP_FROM exclude each other: set only one of them"]
    if _has_one_address(Settings(**values)):
        return ["RONDO_OPS_PORT is PORT: pages for operators need a port of their own"]
    if values.get("turn_urls") and not values.get("turn_secret"):
        return ["RONDO_TURN_SECRET is missing: RONDO_TURN_URLS needs the relay's static-auth-secret"]
    if values.get("ice_policy") == "relay" and not values.get("turn_urls"):
        return ["RONDO_ICE_POLICY=relay needs a relay: set RONDO_TURN_URLS and RONDO_TURN_SECRET (docs/turn.md)"]
    if values.get("smtp_url") and not values.get("mail_from"):
        return ["RONDO_MAIL_FROM is missing: e-mail through RONDO_SMTP_URL needs a sender"]
    if values.get("signup_gate") == "turnstile" and not (
        values.get("turnstile_secret") and values.get("turnstile_site_key")
    ):
        return ["RONDO_SIGNUP_GATE=turnstile needs RONDO_TURNSTILE_SITE_KEY and RONDO_TURNSTILE_SECRET"]
    if values.get("signups_gated", 60) < values.get("signups", 6):
        return ["RONDO_SIGNUPS_GATED is less than RONDO_SIGNUPS: it counts those that pass the gate and the free ones"]
    return _age_contradictions(values) or _missing_for_s3(values)


def _age_contradictions(values: Mapping[str, Any]) -> list[str]:
    bands = values.get("age_bands", ())
    if bands and not values.get("require_birth_date"):
        return ["RONDO_REQUIRE_BIRTH_DATE is off: RONDO_AGE_BANDS needs it on, or no users could ever meet"]
    if list(bands) != sorted(set(bands)):
        return ["RONDO_AGE_BANDS must rise: like 18,25,40"]
    if bands and bands[0] > values.get("min_age", 18):
        return [f"RONDO_AGE_BANDS begins at {bands[0]}: younger users who may sign up could never meet anyone"]
    return []


def _has_one_address(settings: Settings) -> bool:
    """Return whether both listeners have one address, which the kernel lets them share with RONDO_TAKE_OVER."""
    hosts = {settings.host, settings.ops_host}
    return bool(settings.port) and settings.port == settings.ops_port and (len(hosts) == 1 or bool(hosts & ANY))


def _missing_for_s3(values: Mapping[str, Any]) -> list[str]:
    """Return a line for each setting or extra that storing files in a bucket needs and that is missing."""
    if values.get("attachments") != "s3":
        return []
    missing = [f"RONDO_S3_{name}" for name in ("BUCKET", "KEY", "SECRET") if not values.get(f"s3_{name.lower()}")]
    if missing:
        return [f"RONDO_ATTACHMENTS=s3 needs {' and '.join(missing)}"]
    if importlib.util.find_spec("aiobotocore") is None:
        return ["RONDO_ATTACHMENTS=s3 needs the extra s3: pip install 'rondo[s3]'"]
    return []


def _unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a line for each RONDO_ variable without a setting, with the most similar name that has one."""
    known = [name for field in Settings.__struct_fields__ for name in (variable(field), _file(field)) if name]
    lines = []
    for name in sorted(environ):
        if name.startswith("RONDO_") and name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.6)
            lines.append(f"{name} is not a setting and is ignored" + (f"; did you mean {near[0]}?" if near else ""))
    return lines
