"""Every text of the page is a message, and every language has every message."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import assets
from tests.browser.literals import untranslated

WEB = assets.web()
SOURCES = [WEB / "app.js", *sorted((WEB / "app").rglob("*.js"))]
CATALOGUES = {path.stem: path for path in sorted((WEB / "app" / "locales").glob("*.ftl"))}
MESSAGE = re.compile(r"^([a-z][a-z0-9-]*) *=(.*(?:\n(?:[ ].*)?)*)", re.MULTILINE)


def messages(path: Path) -> dict[str, str]:
    """Return the messages of a catalogue by key.

    Raises:
        AssertionError: a key occurs twice; Fluent would take the later one and say nothing.
    """
    found = MESSAGE.findall(path.read_text("utf-8"))
    assert len(dict(found)) == len(found), [key for key, _ in found if [k for k, _ in found].count(key) > 1]
    return dict(found)


def variables(message: str) -> set[str]:
    return set(re.findall(r"\$([a-z]+)", message))


def used() -> Iterator[str]:
    for path in SOURCES:
        yield from re.findall(r"\b(?:t|rich)\(\s*'([^']+)'", path.read_text("utf-8"))
    yield from re.findall(r'data-label="([^"]+)"', (WEB / "index.html").read_text("utf-8"))


def test_no_text_for_people_stands_in_the_sources() -> None:
    styles = " ".join(path.read_text("utf-8") for path in WEB.rglob("*.css"))
    classes = set(re.findall(r"\.([a-z][a-z-]*)", styles))
    found = [
        f"{path.relative_to(WEB)}:{literal.line}: {literal.text}"
        for path in SOURCES
        for literal in untranslated(path.read_text("utf-8"), classes)
    ]
    assert not found, "these belong into web/app/locales/*.ftl, see docs/languages.md"


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
def test_a_text_in_the_sources_is_found(source: str, found: list[str]) -> None:
    assert [literal.text for literal in untranslated(source, {"card", "wide", "hint"})] == found


def test_keys_are_literal_and_each_is_a_message_that_is_used() -> None:
    dynamic = [path.name for path in SOURCES if re.search(r"\b(?:t|rich)\([^')]", path.read_text("utf-8"))]
    assert set(dynamic) <= {"i18n.js"}, "a key that is put together cannot be found by this test"
    assert set(used()) == set(messages(CATALOGUES["en"]))


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_language_has_every_message_with_its_variables(language: str) -> None:
    base, own = messages(CATALOGUES["en"]), messages(CATALOGUES[language])
    assert (sorted(base.keys() - own.keys()), sorted(own.keys() - base.keys())) == ([], []), "missing, surplus"
    wrong = {key for key in base if variables(base[key]) != variables(own[key])}
    assert not wrong
    assert not [key for key, text in own.items() if not text.strip()]


def test_every_catalogue_is_a_language_of_the_page() -> None:
    offered = re.findall(r"/app/locales/([a-z]+)\.ftl", (WEB / "app" / "i18n.js").read_text("utf-8"))
    assert sorted(offered) == sorted(CATALOGUES)
