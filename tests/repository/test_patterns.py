"""No pattern ends with `$`, which lets a line feed pass behind the end."""

import ast
from pathlib import Path

import pytest

CODE = Path(__file__).parents[2]
FILES = sorted(path for name in ("matchmaker", "signaling", "server") for path in (CODE / name).rglob("*.py"))


def patterns(tree: ast.AST) -> list[ast.Constant]:
    """Return the first argument of every call of `re`, every `pattern=`, and every text that begins like one."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            is_re = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "re"
            if any("MULTILINE" in ast.unparse(argument) for argument in node.args):
                continue
            found += [*node.args[:1]] if is_re else []
            found += [keyword.value for keyword in node.keywords if keyword.arg == "pattern"]
        elif isinstance(node, ast.Assign):
            found.append(node.value)
    return [one for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CODE)))
def test_patterns_end_with_end_of_text(path: Path) -> None:
    found = [one.value for one in patterns(ast.parse(path.read_text())) if one.value.endswith("$")]
    assert found == []
