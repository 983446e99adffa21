"""Log events are stable names: each is a literal snake_case string where it is logged, or where its logger is made."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
NAMED_BY_CALLER = {"server/runtime/outage.py", "server/runtime/fault_log.py", "server/runtime/logs.py"}
"""Modules that log an event whose name is given by their caller, or by a library; calls are checked by `GIVEN`."""
GIVEN = {"Outage": 2, "Repeated": 1}
"""Constructors that take names of events, and how many."""
FAULTS = {"report", "warn"}
"""Methods of `Faults` whose first argument is the name of an event."""
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def sources() -> list[Path]:
    return [path for folder in ("matchmaker", "signaling", "server") for path in sorted((ROOT / folder).rglob("*.py"))]


def event_arguments(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the arguments of *tree* that are names of events."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        function = call.func.value if isinstance(call.func, ast.Subscript) else call.func
        match function:
            case ast.Attribute(value=ast.Name(id="log"), attr=level) if level in LEVELS:
                yield from call.args[:1]
            case ast.Attribute(value=value, attr=method) if method in FAULTS and ast.unparse(value).endswith("faults"):
                yield from call.args[:1]
            case ast.Name(id=name) if name in GIVEN:
                yield from call.args[: GIVEN[name]]
            case _:
                pass


def is_name(argument: ast.expr) -> bool:
    return (
        isinstance(argument, ast.Constant) and isinstance(argument.value, str) and bool(NAME.fullmatch(argument.value))
    )


def violations(text: str) -> list[str]:
    """Return the names of events in *text* that are no literal or not in snake_case."""
    return [ast.unparse(argument) for argument in event_arguments(ast.parse(text)) if not is_name(argument)]


def test_every_log_event_is_a_literal_name() -> None:
    checked = {name: path for path in sources() if (name := str(path.relative_to(ROOT))) not in NAMED_BY_CALLER}
    wrong = {name: found for name, path in checked.items() if (found := violations(path.read_text()))}
    assert not wrong


def test_events_that_come_from_a_variable_are_reported() -> None:
    assert violations('log.warning(self._lost, reason=fault)\nlog.info("A sentence")\nlog.info("good_name")') == [
        "self._lost",
        "'A sentence'",
    ]
    assert violations('Outage[Fault](lost, "redis_restored")\nRepeated("frames")') == ["lost"]
    assert violations("self._faults.report(event, error)\nfaults.warn('slow', 'disk')") == ["event"]
