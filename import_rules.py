"""Two contracts that import-linter lacks: a library reserved for some modules, a package that needs few libraries."""

import sys
from fnmatch import fnmatchcase
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
