"""Texts that stand in JavaScript sources where a message of the catalogue should."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|(?P<template>`)|(?P<brace>[{}])"""
    r"""|(?P<regex>(?<=[(,=:\[!&|?;])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+/)|(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
WORDS = re.compile(r"[A-Za-z]{2,}'?[a-z]*[,.:;!?…]? +\(?[A-Za-z$]|^[A-Z][a-z]+[.!?…]? *$|[a-z][.!?…]$")
CHILD = re.compile(r"(?:\}|null),\s*$")
"""What stands before a child of an element: `h('span', {…}, 'text')`."""
NAMES = {"Android", "Chrome", "Edge", "Esc", "Firefox", "Linux", "Safari", "Windows", "Rondo"}
"""The same in every language."""
NOT_SHOWN = re.compile(
    r"(?:\bfrom|\bimport|\bcase|[!=]==|\bkeys:|\b(?:class|kind|viewBox|transform|d|name|key):|className\s*=|\b(?:t|rich|Ring|Error)\(|"
    r"\b(?:querySelector|querySelectorAll|closest|matchMedia|match|createElement|getElementById|addEventListener|includes)\()\s*$"
)


@dataclass(frozen=True)
class Literal:
    """One literal: where it is, its text (a template is cut at its expressions), and the code before it."""

    line: int
    text: str
    before: str


def literals(source: str) -> Iterator[Literal]:
    """Yield every string and template of *source*, templates within templates too."""
    at = 0
    braces: list[str] = []
    """Of each open brace: "" for one of the code, or the text so far of the template that it is in."""
    code = ""
    while at < len(source):
        found = TOKEN.match(source, at)
        assert found
        kind, at = found.lastgroup, found.end()
        if kind == "comment":
            continue
        if kind == "string":
            yield Literal(source.count("\n", 0, found.start()) + 1, found.group()[1:-1], code[-200:])
        ends = kind == "brace" and found.group() == "}"
        if kind == "template" or (ends and braces and braces.pop()):
            end = re.compile(r"(?:\\.|[^`\\$]|\$(?!\{))*", re.DOTALL).match(source, at)
            assert end
            text, at = end.group(), end.end() + (1 if source[end.end()] == "`" else 2)
            if source[end.end()] == "$":
                braces.append("template")
            yield Literal(source.count("\n", 0, end.start()) + 1, text, code[-200:])
            code = "" if source[end.end()] == "$" else code + "`"
            continue
        if kind == "brace" and not ends:
            braces.append("")
        code += found.group()


def untranslated(source: str, classes: set[str]) -> Iterator[Literal]:
    """Yield what looks like words for users. *classes*: the names of CSS classes, which are allowed."""
    for literal in literals(source):
        text = literal.text.replace(" · Rondo", "")
        if NOT_SHOWN.search(literal.before) or text in NAMES:
            continue
        if set(text.split()) <= classes and not CHILD.search(literal.before):
            continue
        if WORDS.search(text) or (CHILD.search(literal.before) and re.fullmatch("[a-z ]{3,}", text)):
            yield literal
