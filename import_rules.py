"""Contracts that import-linter lacks, and rules of layout and wiring: `python import_rules.py` checks them.

Contracts: a library reserved for some modules; a package that needs few libraries. Rules: no two public classes of one
name in our packages; no file of code longer than 350 lines; objects are complete at construction.
"""

import ast
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

OURS = ("matchmaker", "signaling", "server")


class Breaches(Contract):
    """Reports each forbidden import as `importer -> imported (line)`."""

    def forbids(self, importer: str, imported: str) -> bool:
        """Tell whether *importer* must not import *imported*."""
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - its name is import-linter's
        """Look at every direct import of our modules; what nobody imports yet breaks nothing."""
        ours = [module for module in graph.modules if module.partition(".")[0] in OURS]
        breaches = [
            f"{importer} -> {imported} (line {_line(graph, importer, imported)})"
            for importer in sorted(ours)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if self.forbids(importer, imported)
        ]
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the breaches, one a line."""
        for breach in check.metadata["breaches"]:
            output.print_error(breach, bold=False)


class Reserved(Breaches):
    """`library` is imported by modules matching `importers` (shell patterns) and by nobody else."""

    type_name = "reserved"
    library: Any = fields.StringField()
    importers: Any = fields.ListField(subfield=fields.StringField())

    def forbids(self, importer: str, imported: str) -> bool:
        """Tell whether the library is imported from a place it is not reserved for."""
        if imported.partition(".")[0] != self.library:
            return False
        return not any(fnmatchcase(importer, pattern) for pattern in self.importers)


class Needs(Breaches):
    """`package` imports our own packages (layers decide which), the standard library, and `libraries`."""

    type_name = "needs"
    package: Any = fields.StringField()
    libraries: Any = fields.ListField(subfield=fields.StringField())

    def forbids(self, importer: str, imported: str) -> bool:
        """Tell whether a library outside the short list is imported."""
        top = imported.partition(".")[0]
        allowed = top in OURS or top in sys.stdlib_module_names or top in self.libraries
        return importer.partition(".")[0] == self.package and not allowed


def _line(graph: ImportGraph, importer: str, imported: str) -> int:
    """Return where the first such import stands."""
    return int(graph.get_import_details(importer=importer, imported=imported)[0]["line_number"])


LINES_MAX = 350
ROOT = Path(__file__).parent


def class_names(root: Path) -> dict[str, list[str]]:
    """Return where each public class of our packages is defined, by name."""
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
"""Where objects are made of others. Here no attribute of another object is assigned; elsewhere no hook (`on_…`) is."""


def assigned_afterwards(root: Path) -> list[str]:
    """Return the assignments that complete an object after its construction, as `file:line: target`."""
    found = []
    for path in sorted(path for top in OURS for path in (root / top).rglob("*.py")):
        name = path.relative_to(root).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            for target in node.targets if isinstance(node, ast.Assign) else ():
                for one in target.elts if isinstance(target, ast.Tuple) else (target,):
                    is_own = isinstance(one, ast.Attribute) and ast.unparse(one.value) in ("self", "cls")
                    if isinstance(one, ast.Attribute) and not is_own and (name in WIRING or one.attr.startswith("on_")):
                        found.append(f"{name}:{node.lineno}: {ast.unparse(one)} is assigned after the construction")
    return found


def breaches(root: Path) -> list[str]:
    """Return what breaks the rules of the layout, one a line."""
    twice = [f"class {name} twice: {', '.join(at)}" for name, at in class_names(root).items() if len(at) > 1]
    lengths = {path: len(path.read_text().splitlines()) for top in OURS for path in sorted((root / top).rglob("*.py"))}
    return [*twice, *assigned_afterwards(root)] + [
        f"{path.relative_to(root)} has {lines} lines, at most {LINES_MAX} are allowed"
        for path, lines in lengths.items()
        if lines > LINES_MAX
    ]


if __name__ == "__main__":
    if found := breaches(ROOT):
        sys.exit("\n".join(found))
