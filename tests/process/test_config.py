"""Settings: all faults are reported together, secrets are never shown."""

from pathlib import Path

import msgspec
import pytest

from matchmaker.domain.timing import Timing
from server.cli.config import explanations
from server.config.errors import ConfigError
from server.config.loader import SECRETS, Settings, load, load_with_sources, redact, variable
from tests.support.command import complaint, rondo


def faults(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(environ)
    assert str(caught.value).splitlines() == list(caught.value.faults)
    return caught.value.faults


def test_empty_environment_gives_the_defaults():
    settings = load({})
    assert (settings.host, settings.port, settings.embedded) == ("127.0.0.1", 8080, True)
    assert settings.rules == msgspec.structs.replace(Timing(), mirror_after_ms=10_000)


def test_blank_equals_unset():
    assert load({"PORT": "", "DATABASE_URL": "  ", "RONDO_GRACE_S": "\t"}) == load({})


def test_fractions_become_milliseconds():
    rules = load({"RONDO_GRACE_S": "0.25", "RONDO_TORCH_IDLE_S": "1.5", "RONDO_COOLDOWN_S": "0"}).rules
    assert (rules.grace_ms, rules.torch_idle_ms, rules.cooldown_ms) == (250, 1_500, 0)


def test_every_error_is_reported_with_the_allowed_values():
    assert faults({"PORT": "http", "RONDO_GRACE_S": "0", "RONDO_LOG": "xml", "RONDO_MIRROR": "maybe"}) == (
        "PORT=http: must be a port from 0 (any free one) to 65535",
        "RONDO_GRACE_S=0: must be a number of seconds from 0.001 to 86400",
        "RONDO_MIRROR=maybe: must be on or off",
        "RONDO_LOG=xml: must be json or console",
    )


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e9", "ten", "10 s", "0x10"])
def test_invalid_duration(value: str):
    assert len(faults({"RONDO_DRAIN_S": value})) == 1


@pytest.mark.parametrize("value", ["-1", "65536", "80.5", "true"])
def test_invalid_port(value: str):
    assert len(faults({"PORT": value})) == 1


@pytest.mark.parametrize(("word", "meaning"), [("on", True), ("OFF", False), ("1", True), ("no", False)])
def test_spellings_of_switches(word: str, meaning: bool):
    assert load({"RONDO_RATE_LIMITS": word}).rate_limits is meaning


def test_lists_are_comma_separated():
    settings = load({"RONDO_ALLOWED_ORIGINS": "https://a.example, http://localhost:3000,"})
    assert settings.allowed_origins == ("https://a.example", "http://localhost:3000")


@pytest.mark.parametrize("origin", ["a.example", "https://a.example/path", "*", "https://a b"])
def test_invalid_origin(origin: str):
    assert len(faults({"RONDO_ALLOWED_ORIGINS": f"https://fine.example,{origin}"})) == 1


def test_flag_overrides_and_is_named_when_invalid():
    found = load_with_sources({"PORT": "1"}, {"port": "2", "host": None})
    assert (found.settings.port, found.sources["port"], found.sources["host"]) == (2, "flag", "default")
    with pytest.raises(ConfigError, match="^--port=x: "):
        load_with_sources({"PORT": "1"}, {"port": "x"})


def test_turn_server_needs_its_secret():
    assert faults({"RONDO_TURN_URLS": "turn:turn.example:3478"})[0].startswith("RONDO_TURN_SECRET is missing")
    assert load({"RONDO_TURN_URLS": "turn:turn.example:3478", "RONDO_TURN_SECRET": "s"}).turn_secret == "s"


@pytest.mark.parametrize(
    ("bands", "more", "fault"),
    [
        ("18,25", {}, "RONDO_REQUIRE_BIRTH_DATE"),
        ("25,18", {"RONDO_REQUIRE_BIRTH_DATE": "on"}, "must rise"),
        ("21,40", {"RONDO_REQUIRE_BIRTH_DATE": "on"}, "begins at 21"),
        ("young", {"RONDO_REQUIRE_BIRTH_DATE": "on"}, "ages from 18 to 99"),
    ],
)
def test_age_bands_without_a_possible_pair_are_refused(bands: str, more: dict[str, str], fault: str):
    with pytest.raises(ConfigError, match=fault):
        load({"RONDO_AGE_BANDS": bands, **more})
    assert load({"RONDO_AGE_BANDS": "18,25,40", "RONDO_REQUIRE_BIRTH_DATE": "on"}).age_bands == (18, 25, 40)


def test_relay_only_mode_needs_a_relay():
    relay = {"RONDO_ICE_POLICY": "relay"}
    (fault,) = faults(relay)
    assert fault.startswith("RONDO_ICE_POLICY=relay needs a relay: set RONDO_TURN_URLS and RONDO_TURN_SECRET")
    assert load(relay | {"RONDO_TURN_URLS": "turn:turn.example", "RONDO_TURN_SECRET": "s"}).ice_policy == "relay"
    assert load({}).ice_policy == "all"


def test_mirror_is_on_by_default_with_the_embedded_database():
    own = {"DATABASE_URL": "postgresql://h/d"}
    assert load({}).rules.mirror_after_ms == 10_000
    assert load(own).rules.mirror_after_ms is None
    assert load(own | {"RONDO_MIRROR": "on"}).rules.mirror_after_ms == 10_000
    assert load({"RONDO_MIRROR": "off"}).rules.mirror_after_ms is None


def test_misspelt_variable_is_suggested():
    assert load_with_sources({"RONDO_GRASE_S": "3", "PATH": "/bin"}).warnings == (
        "RONDO_GRASE_S is not a setting and is ignored; did you mean RONDO_GRACE_S?",
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:hunter2@db:5432/rondo", "postgresql://ada:***@db:5432/rondo"),
        ("postgresql://ada:hun@ter2@db/rondo", "postgresql://ada:***@db/rondo"),
        ("postgresql://db/rondo?user=ada&password=hunter2&x=1", "postgresql://db/rondo?user=ada&password=***&x=1"),
        ("redis://:hunter2@cache:6379/0", "redis://:***@cache:6379/0"),
        ("ada:hunter2@db/rondo", "***"),
        ("postgresql://db:5432/rondo", "postgresql://db:5432/rondo"),
        ("postgresql://ada@[2001:db8::1]:5432,db-2/rondo", "postgresql://ada@[2001:db8::1]:5432,db-2/rondo"),
        ("redis+sentinel://:hunter2@a:26379,b:26379/main", "redis+sentinel://:***@a:26379,b:26379/main"),
        ("postgresql:///rondo?host=/run/postgresql", "postgresql:///rondo?host=/run/postgresql"),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
    ],
)
def test_urls_are_shown_without_passwords(url: str, shown: str):
    assert redact("database_url", url) == shown


def test_every_setting_with_a_secret_is_redacted() -> None:
    assert {field for field in Settings.__struct_fields__ if field.endswith("secret")} == SECRETS
    assert redact("s3_secret", "hunter2") == "***"


def test_invalid_secret_or_url_is_not_shown():
    told = "\n".join(faults({"RONDO_SECRET": "hunter2", "DATABASE_URL": "mysql://ada:hunter2@db/rondo"}))
    assert "hunter2" not in told
    assert "mysql://ada:***@db/rondo" in told


@pytest.mark.parametrize("field", ["DATABASE_URL=postgresql", "REDIS_URL=redis", "RONDO_SMTP_URL=smtp"])
@pytest.mark.parametrize(
    "rest",
    [
        "://ada:hunter2#x@db/rondo",
        "://ada:hunter2/x@db/rondo",
        "://ada:hunter2?x@db/rondo",
        "://ada:22#hunter2@db/rondo",
        "://ada:22/hunter2@db/rondo",
        "://ada:22?hunter2@db/rondo",
        "://ada:[hunter2@db/rondo",
        "://ada:hunter2@[::1/rondo",
        "://ada:hunter2@db:port/rondo",
        "://ada:hunter2 @db/rondo",
        ":/ada:hunter2@db/rondo",
        ":hunter2",
    ],
)
def test_unparsable_url_is_not_shown(field: str, rest: str):
    name, _, scheme = field.partition("=")
    fault, *_ = faults({name: scheme + rest})
    assert fault.startswith(f"{name}=***: must be a URL like ")
    assert "hunter2" not in fault


@pytest.mark.parametrize(
    "url",
    [
        "http://db",
        "redis:/db",
        "redis//db",
        "redis://",
        "redis://db:port/0",
        "redis://db:99999/0",
        "redis://db/rondo",
        "redis://db/0/1",
        "redis://db/0?db=x",
        "redis://db/0?socket_timeout=soon",
        "redis://db/0?family=0",
        "redis://db/0?ssl_ca_certs=/ca.pem",
        "redis://db/0?sentinel_password=hunter2",
        "unix:///run/redis.sock?tls=on",
        "rediss://db/0?ssl_cert_reqs=maybe",
        "redis://ada:hunter2#x@db/0",
        "redis://ada:hunter2/x@db/0",
        "redis://[::1/0",
        "redis+sentinel://db",
        "redis+sentinel://db:99999/rondo",
        "redis+sentinel://db/rondo/zero",
        "redis://one:6379,two/0",
        "redis+cluster://one:6379,two/1",
        "redis+cluster://",
    ],
)
def test_misspelt_redis_url_is_one_line(url: str):
    [line] = faults({"REDIS_URL": url})
    assert line.startswith("REDIS_URL=")
    assert "must be a URL like redis://host:6379/0" in line
    assert "hunter2" not in line


def test_invalid_redis_url_ends_the_start(tmp_path: Path):
    [line] = complaint(rondo("serve", cwd=tmp_path, REDIS_URL="redis://ada:hunter2#x@db:6379/0"), 2)
    assert line.startswith("rondo: REDIS_URL=***: must be a URL like redis://")


@pytest.mark.parametrize(
    "url",
    [
        "redis://db",
        "redis://db:6379/",
        "rediss://ada:hunter2@db:6380/3?ssl_cert_reqs=none",
        "redis://db/0?password=hunter2&username=ada",
        "redis://[::1]:6379/0",
        "unix:///run/redis.sock?db=1",
        "redis+sentinel://one:26379,two/rondo",
        "rediss+sentinel://:hunter2@one,two:26380/rondo/2?sentinel_password=x",
        "redis+cluster://one:6379",
        "rediss+cluster://:hunter2@one,two:6380/0?ssl_ca_certs=/ca.pem",
    ],
)
def test_valid_redis_urls(url: str):
    assert load({"REDIS_URL": url}).redis_url == url


def test_listeners_that_would_share_one_address_are_refused():
    line = "RONDO_OPS_PORT is PORT: pages for operators need a port of their own"
    assert faults({"PORT": "9090", "RONDO_OPS_PORT": "9090"}) == (line,)
    assert faults({"RONDO_OPS_PORT": "8080", "HOST": "10.0.0.1", "RONDO_OPS_HOST": "::"}) == (line,)
    assert load({"RONDO_OPS_PORT": "8080", "HOST": "10.0.0.1"}).ops_port == 8080
    assert load({"RONDO_OPS_PORT": "0", "PORT": "0"}).ops_port == 0


@pytest.mark.parametrize("name", ["RONDO_TURN_URLS", "RONDO_STUN_URLS", "RONDO_ALLOWED_ORIGINS"])
def test_lists_with_such_a_url_are_not_shown(name: str):
    assert "hunter2" not in faults({name: "https://ada:hunter2@db/x y"})[0]


def test_paths_may_begin_with_the_home_directory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/ada")
    assert load({"RONDO_DATA_DIR": "~/rondo data"}).data_dir == Path("/home/ada/rondo data")


def test_every_setting_has_an_explanation():
    assert set(explanations()) == set(Settings.__struct_fields__)


def test_variables_have_documented_names():
    names = {variable(field) for field in Settings.__struct_fields__}
    assert names >= {
        "HOST",
        "PORT",
        "DATABASE_URL",
        "REDIS_URL",
        "RONDO_DATA_DIR",
        "RONDO_INVITE_TTL_S",
        "RONDO_DRAIN_S",
    }


def test_secrets_from_files(tmp_path: Path):
    key, url = tmp_path / "key", tmp_path / "url"
    key.write_text("A" * 43 + "\n")
    url.write_text("postgresql://ada:hunter2@db/rondo\n")
    found = load_with_sources({"RONDO_SECRET_FILE": str(key), "DATABASE_URL_FILE": str(url)})
    assert (found.settings.secret, found.settings.database_url) == ("A" * 43, "postgresql://ada:hunter2@db/rondo")
    assert (found.sources["secret"], found.sources["database_url"], found.warnings) == ("file", "file", ())
    told = faults({"DATABASE_URL_FILE": str(url), "DATABASE_URL": "postgresql://ada:hunter3@db/rondo"})
    assert told == ("DATABASE_URL and DATABASE_URL_FILE are both set: set only one of them",)


def test_invalid_secret_file_is_not_shown(tmp_path: Path):
    (tmp_path / "short").write_text("hunter2")
    (tmp_path / "empty").write_text("\n")
    told = faults(
        {
            "DATABASE_URL_FILE": str(tmp_path / "nowhere"),
            "REDIS_URL_FILE": str(tmp_path / "empty"),
            "RONDO_SECRET_FILE": str(tmp_path / "short"),
        }
    )
    assert told == (
        f"DATABASE_URL_FILE={tmp_path}/nowhere: cannot be read (No such file or directory)",
        f"REDIS_URL_FILE={tmp_path}/empty: cannot be read (it is empty, or not text)",
        "RONDO_SECRET_FILE=***: must be at least 32 random bytes in base64",
    )


def test_only_secrets_come_from_files():
    assert load_with_sources({"RONDO_GRACE_S_FILE": "/nowhere"}).settings.grace_s == 10


RAILWAY = {"RAILWAY_DEPLOYMENT_ID": "d-1", "RAILWAY_REPLICA_ID": "r-1", "PORT": "8080"}


def test_railway_variables_are_used_on_railway():
    found = load_with_sources(RAILWAY)
    settings = found.settings
    assert (settings.host, settings.node, settings.real_ip_from) == ("::", "r-1.d-1", ("100.64.0.0/10",))
    assert (found.sources["host"], found.sources["port"]) == ("railway", "environment")
    assert not settings.is_private


def test_explicit_settings_win_on_railway():
    settings = load(RAILWAY | {"HOST": "0.0.0.0", "RONDO_NODE": "one", "RONDO_TRUSTED_PROXIES": "2"})
    assert (settings.host, settings.node, settings.real_ip_from) == ("0.0.0.0", "one", ())


def test_overlapping_railway_deployments_are_two_nodes():
    assert load(RAILWAY).node != load(RAILWAY | {"RAILWAY_DEPLOYMENT_ID": "d-2"}).node


def test_railway_variables_on_a_laptop_are_ignored():
    settings = load({"RAILWAY_ENVIRONMENT_ID": "e", "RAILWAY_SERVICE_ID": "s"})
    assert (settings.host, settings.node, settings.real_ip_from) == ("127.0.0.1", None, ())


def test_contradicting_settings():
    said = {"RONDO_TRUSTED_PROXIES": "1", "RONDO_REAL_IP_FROM": "100.64.0.0/10"}
    assert "exclude each other" in faults(said)[0]


@pytest.mark.parametrize("network", ["100.64.0.0", "100.64.0.1/10", "100.64.0.0/33", "edge/8"])
def test_invalid_network(network: str):
    assert "networks like" in faults({"RONDO_REAL_IP_FROM": network})[0]


@pytest.mark.parametrize("name", ["a b", "x" * 101, "a/b"])
def test_invalid_node_name(name: str):
    assert len(faults({"RONDO_NODE": name})) == 1


def test_without_rate_limits_rooms_and_followers_are_not_counted() -> None:
    on, off = load({}), load({"RONDO_RATE_LIMITS": "off"})
    assert (on.rules.rooms_burst, on.rules.room_every_ms, on.introductions.followers_a_day) == (10, 6_000, 3)
    assert (off.rules.room_every_ms, off.introductions.followers_a_day) == (0, None)
    assert on.introductions.ask_ms == 7 * 86_400_000
