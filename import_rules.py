"""Contracts that import-linter lacks, and rules of layout and wiring: `python import_rules.py` checks them.

Contracts: a library reserved for some modules; a package that needs few libraries. Rules: no two public classes of one
name in our packages; no file of code longer than 350 lines; objects are complete at construction; the docstring of a
package says what it is for and what it imports, which `python import_rules.py packages` prints; the errors that a
docstring names exist.
"""

import ast
import builtins
import re
import sys
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from grimp import ImportGraph, build_graph
from importlinter import Contract, ContractCheck, fields, output

OURS = ("matchmaker", "signaling", "server")


class Breaches(Contract):
    """Reports each forbidden import as `importer -> imported (line)`."""

    def forbids(self, importer: str, imported: str) -> bool:
        """Return whether *importer* must not import *imported*."""
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - its name is import-linter's
        """Check every direct import of our modules; unused forbidden modules are no breach."""
        ours = [module for module in graph.modules if module.partition(".")[0] in OURS]
        breaches = [
            f"{importer} -> {imported} (line {_line(graph, importer, imported)})"
            for importer in sorted(ours)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if self.forbids(importer, imported)
        ]
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the breaches, one per line."""
        for breach in check.metadata["breaches"]:
            output.print_error(breach, bold=False)


class Reserved(Breaches):
    """Only modules matching `importers` (shell patterns) may import `library`."""

    type_name = "reserved"
    library: Any = fields.StringField()
    importers: Any = fields.ListField(subfield=fields.StringField())

    def forbids(self, importer: str, imported: str) -> bool:
        """Return whether the library is imported outside of its modules."""
        if imported.partition(".")[0] != self.library:
            return False
        return not any(fnmatchcase(importer, pattern) for pattern in self.importers)


class Needs(Breaches):
    """`package` imports our own packages (layers decide which), the standard library, and `libraries`."""

    type_name = "needs"
    package: Any = fields.StringField()
    libraries: Any = fields.ListField(subfield=fields.StringField())

    def forbids(self, importer: str, imported: str) -> bool:
        """Return whether a library outside of the list is imported."""
        top = imported.partition(".")[0]
        allowed = top in OURS or top in sys.stdlib_module_names or top in self.libraries
        return importer.partition(".")[0] == self.package and not allowed


def _line(graph: ImportGraph, importer: str, imported: str) -> int:
    """Return the line of the first such import."""
    return int(graph.get_import_details(importer=importer, imported=imported)[0]["line_number"])


LINES_MAX = 350
ROOT = Path(__file__).parent


def class_names(root: Path) -> dict[str, list[str]]:
    """Return the places of the definitions of each public class of our packages, by name."""
    found: dict[str, list[str]] = {}
    for path in sorted(path for top in OURS for path in (root / top).rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(f"{path.relative_to(root)}:{node.lineno}")
    return found


WIRING = (
    "matchmaker/matchmaker.py",
    "signaling/server.py",
    "server/app.py",
    "server/cluster/cluster.py",
    "server/draining.py",
    "server/lifecycle.py",
    "server/people/channels/services.py",
    "server/people/services.py",
)
"""Modules that compose objects. Here no attribute of another object is assigned."""
UNFINISHED = {
    "matchmaker/services/cached_room.py": "an operation is given the room when it begins",
    "matchmaker/services/rooms.py": "opening and operations of rooms are parts of one service",
    "server/http/transport/connections.py": "a protocol of asyncio gets its transport later",
    "server/http/transport/first_request.py": "the same",
    "server/observability/histogram.py": "a collector registers itself",
    "server/observability/metrics.py": "the same",
    "server/people/presence.py": "presence at this node and at others are parts of one service",
    "signaling/transport/aiohttp_fast_socket.py": "a socket opens its connection, which writes to it",
    "signaling/transport/aiohttp_socket.py": "the same",
}
"""Modules with a constructor that leaves an attribute without a value, or passes the unfinished object on, and why."""


def assigned_afterwards(root: Path) -> list[str]:
    """Return the assignments that complete an object after its construction, as `file:line: target`.

    In WIRING any attribute of another object; elsewhere a hook of another object (`on_…`, or a lambda), and a callable
    that a method other than `__init__` is given and keeps.
    """
    paths = sorted(path for top in OURS for path in (root / top).rglob("*.py"))
    trees = {path.relative_to(root).as_posix(): ast.parse(path.read_text()) for path in paths}
    callables = {"Callable"}.union(*map(_callables, trees.values()))
    found = []
    for name, tree in trees.items():
        for node, target, value in _assignments(tree):
            is_hook = target.attr.startswith("on_") or isinstance(value, ast.Lambda)
            if ast.unparse(target.value) not in ("self", "cls") and (name in WIRING or is_hook):
                found.append(f"{name}:{node.lineno}: {ast.unparse(target)} is assigned after the construction")
        methods = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        for method in methods:
            given = {
                argument.arg
                for argument in (*method.args.args, *method.args.kwonlyargs)
                if argument.annotation is not None and callables & _names(argument.annotation)
            }
            found += [
                f"{name}:{node.lineno}: {ast.unparse(target)} is given to {method.name} after the construction"
                for node, target, value in _assignments(method)
                if method.name != "__init__" and isinstance(value, ast.Name) and value.id in given
            ]
    return found


def half_built(root: Path) -> list[str]:
    """Return where a constructor leaves an attribute without a value, or passes `self` to a call; not in UNFINISHED."""
    found = []
    paths = sorted(path for top in OURS for path in (root / top).rglob("*.py"))
    for path in (path for path in paths if path.relative_to(root).as_posix() not in UNFINISHED):
        functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
        constructors = [node for node in functions if node.name == "__init__"]
        for node in (node for constructor in constructors for node in ast.walk(constructor)):
            if isinstance(node, ast.AnnAssign) and node.value is None:
                found.append(f"{path.relative_to(root)}:{node.lineno}: {ast.unparse(node.target)} has no value")
            elif isinstance(node, ast.Call) and not ast.unparse(node.func).endswith(".__init__"):
                passed = [*node.args, *(keyword.value for keyword in node.keywords)]
                if any(isinstance(value, ast.Name) and value.id == "self" for value in passed):
                    found.append(f"{path.relative_to(root)}:{node.lineno}: {ast.unparse(node.func)} is given self")
    return found


def _assignments(tree: ast.AST) -> Iterator[tuple[ast.Assign, ast.Attribute, ast.expr]]:
    """Yield the assignments to attributes, and what is assigned."""
    for node in (node for node in ast.walk(tree) if isinstance(node, ast.Assign)):
        for target in node.targets:
            targets = target.elts if isinstance(target, ast.Tuple) else [target]
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value] * len(targets)
            for one, value in zip(targets, values, strict=False):
                if isinstance(one, ast.Attribute):
                    yield node, one, value


def _callables(tree: ast.Module) -> Iterator[str]:
    """Yield the names that stand for callables: aliases of `Callable`, and classes with `__call__`."""
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Subscript)
            and "Callable" in _names(node.value.value)
        ):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.ClassDef) and any(getattr(member, "name", "") == "__call__" for member in node.body):
            yield node.name


def _names(annotation: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}


def packages(root: Path) -> dict[str, str]:
    """Return the first paragraph of the docstring of each of our packages, in one line, by name."""
    found = {}
    for path in sorted(path for top in OURS for path in (root / top).rglob("__init__.py")):
        text = ast.get_docstring(ast.parse(path.read_text())) or ""
        found[".".join(path.parent.relative_to(root).parts)] = " ".join(text.partition("\n\n")[0].split())
    return found


def imports_sentence(graph: ImportGraph, package: str, names: Collection[str]) -> str:
    """Return what the docstring of *package* ends with: which packages beside it (of all *names*) it imports.

    What lies further away is named by the package around it. Those directly below a root name other roots as well.
    """
    root, around = package.partition(".")[0], package.rpartition(".")[0]
    prefix = around and around + "."
    imported = set()
    for module in (package, *graph.find_descendants(package)):
        for other in graph.find_modules_directly_imported_by(module):
            beside = prefix + other[len(prefix) :].partition(".")[0]
            if other.startswith(prefix) and beside in names and beside != package:
                imported.add(beside.rpartition(".")[2])
            elif around == root and other.partition(".")[0] != root:
                imported.add(other.partition(".")[0])
    *first, last = sorted(imported) or ["no other package"]
    return f"Imports {', '.join(first)} and {last}." if first else f"Imports {last}."


def undescribed(root: Path) -> list[str]:
    """Return the packages whose docstring does not say what they are for and, at its end, what they import."""
    graph, described = build_graph(*OURS, cache_dir=None), packages(root)
    wanted = {name: imports_sentence(graph, name, described) for name in described}
    return [
        f"{name}: the first paragraph of the docstring says what it is for, and ends with: {wanted[name]}"
        for name, text in described.items()
        if not text.endswith(f". {wanted[name]}")
    ]


_ERRORS = re.compile(r"^ *(?:Raises|Errors)\b.*\n((?: +.*\n?|\n)*)", re.MULTILINE)
_ERROR_NAMES = re.compile(r"^ +((?:[\w.]+, )*[\w.]+): ", re.MULTILINE)


def _imported(node: ast.AST) -> set[str]:
    """Return the names that an import binds, and the package that it is from."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return set()
    package = (getattr(node, "module", None) or "").partition(".")[0]
    return {package, *(alias.asname or alias.name for alias in node.names)}


def unknown_errors(root: Path) -> list[str]:
    """Return the errors in docstrings that are no class of ours, no builtin, and of no imported package."""
    trees = {path: ast.parse(path.read_text()) for top in OURS for path in sorted((root / top).rglob("*.py"))}
    nodes = {path: list(ast.walk(tree)) for path, tree in trees.items()}
    ours = {node.name for found in nodes.values() for node in found if isinstance(node, ast.ClassDef)}
    breaches = []
    for path, found in nodes.items():
        known = ours.union(dir(builtins), *map(_imported, found))
        for node in found:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for section in _ERRORS.findall(ast.get_docstring(node) or ""):
                names = {name for line in _ERROR_NAMES.findall(section) for name in line.split(", ")}
                breaches += [
                    f"{path.relative_to(root)}:{node.lineno}: {node.name} documents {name}, which is no error"
                    for name in sorted(names)
                    if not known.intersection((name.partition(".")[0], name.rpartition(".")[2]))
                ]
    return breaches


def breaches(root: Path) -> list[str]:
    """Return what breaks the rules of the layout, one a line."""
    twice = [f"class {name} twice: {', '.join(at)}" for name, at in class_names(root).items() if len(at) > 1]
    lengths = {path: len(path.read_text().splitlines()) for top in OURS for path in sorted((root / top).rglob("*.py"))}
    return [*twice, *assigned_afterwards(root), *half_built(root), *undescribed(root), *unknown_errors(root)] + [
        f"{path.relative_to(root)} has {lines} lines, at most {LINES_MAX} are allowed"
        for path, lines in lengths.items()
        if lines > LINES_MAX
    ]


if __name__ == "__main__":
    if sys.argv[1:] == ["packages"]:
        sys.exit(print("\n".join(f"{name:28}{text}" for name, text in packages(ROOT).items())))  # noqa: T201
    if found := breaches(ROOT):
        sys.exit("\n".join(found))
