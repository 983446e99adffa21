"""Every text of the page is a message, and every language has every message."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from server.config import assets
from tests.browser.literals import untranslated

WEB = assets.web()
SOURCES = [WEB / "app.js", *sorted((WEB / "app").rglob("*.js"))]
LOCALES = WEB / "app" / "locales"
PARTS = sorted(path.name for path in LOCALES.iterdir())
"""The folders of the messages: `start`, and what is loaded later."""
LANGUAGES = sorted(path.stem for path in LOCALES.glob("start/*.ftl"))
IMPORT = re.compile(r"^(?:import|export) (?:[^'\"]*? from )?'(\.[^']+)'", re.MULTILINE)
MESSAGE = re.compile(r"^([a-z][a-z0-9-]*) *=(.*(?:\n(?:[ ].*)?)*)", re.MULTILINE)


def messages(path: Path) -> dict[str, str]:
    """Return the messages of a catalogue by key.

    Raises:
        AssertionError: a key occurs twice; Fluent would silently use the later one.
    """
    found = MESSAGE.findall(path.read_text("utf-8"))
    assert len(dict(found)) == len(found), [key for key, _ in found if [k for k, _ in found].count(key) > 1]
    return dict(found)


def variables(message: str) -> set[str]:
    return set(re.findall(r"\$([a-z]+)", message))


def every_message(language: str) -> dict[str, str]:
    """Return the messages of all parts.

    Raises:
        AssertionError: two parts have the same key.
    """
    parts = [messages(LOCALES / part / f"{language}.ftl") for part in PARTS]
    found = {key: text for part in parts for key, text in part.items()}
    assert len(found) == sum(map(len, parts)), sorted(key for part in parts for key in part)
    return found


def used(sources: Iterable[Path]) -> set[str]:
    return {key for path in sources for key in re.findall(r"\b(?:t|rich)\(\s*'([^']+)'", path.read_text("utf-8"))}


def in_html() -> set[str]:
    return set(re.findall(r'data-label="([^"]+)"', (WEB / "index.html").read_text("utf-8")))


def with_imports(path: Path, found: set[Path]) -> set[Path]:
    """Return *found* with *path* and all that it imports statically."""
    if path not in found:
        found.add(path)
        for name in IMPORT.findall(path.read_text("utf-8")):
            with_imports((path.parent / name).resolve(), found)
    return found


def test_sources_contain_no_text_for_people() -> None:
    styles = " ".join(path.read_text("utf-8") for path in WEB.rglob("*.css"))
    classes = set(re.findall(r"\.([a-z][a-z-]*)", styles))
    found = [
        f"{path.relative_to(WEB)}:{literal.line}: {literal.text}"
        for path in SOURCES
        for literal in untranslated(path.read_text("utf-8"), classes)
    ]
    assert not found, "these belong into web/app/locales/, see docs/languages.md"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("toast('Not now')", ["Not now"]),
        ("h('p', { class: 'hint' }, 'muted')", ["muted"]),
        ("button({ label: `Block ${name}?` })", ["Block "]),
        ("button({ label: open ? 'Close' : t('chat') })", ["Close"]),
        ("const line = `${`You met ${name}.`} x`;", ["You met "]),
        ("h('p', { class: 'card wide' }, t('send')); // it is 'Not now' here", []),
    ],
)
def test_text_in_the_sources_is_found(source: str, found: list[str]) -> None:
    assert [literal.text for literal in untranslated(source, {"card", "wide", "hint"})] == found


def test_keys_are_literal_and_every_message_is_used() -> None:
    dynamic = [path.name for path in SOURCES if re.search(r"\b(?:t|rich)\([^')]", path.read_text("utf-8"))]
    assert set(dynamic) <= {"i18n.js"}, "a key that is put together cannot be found by this test"
    assert used(SOURCES) | in_html() == set(every_message("en"))


def test_start_page_loads_only_its_messages() -> None:
    needed = used(with_imports((WEB / "app.js").resolve(), set())) | in_html()
    assert needed == set(messages(LOCALES / "start" / "en.ftl"))


def test_modules_before_friends_need_none_of_its_messages() -> None:
    early = used(with_imports((WEB / "app" / "app.js").resolve(), set()))
    assert not early & set(messages(LOCALES / "friends" / "en.ftl"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PARTS)
def test_language_has_every_message_with_its_variables(part: str, language: str) -> None:
    base, own = (messages(LOCALES / part / f"{code}.ftl") for code in ("en", language))
    assert (sorted(base.keys() - own.keys()), sorted(own.keys() - base.keys())) == ([], []), "missing, surplus"
    wrong = {key for key in base if variables(base[key]) != variables(own[key])}
    assert not wrong
    assert not [key for key, text in own.items() if not text.strip()]


def test_every_language_has_a_catalogue_for_each_part() -> None:
    offered = re.findall(r"^  ([a-z]+): \{ name:", (WEB / "app" / "i18n.js").read_text("utf-8"), re.MULTILINE)
    for part in PARTS:
        assert sorted(path.stem for path in (LOCALES / part).iterdir()) == sorted(offered), part
    assert every_message("en")
