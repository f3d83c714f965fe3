"""What the architecture tests look at: the tracked files of this repository, and Python files as trees."""

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("chassis", "services", "gateway", "meent", "demo")


@cache
def tracked() -> tuple[str, ...]:
    """Paths of the tracked files; outside a git checkout (a source archive) every file that is not hidden or bytecode."""
    listing = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False)
    if listing.returncode == 0:
        paths = listing.stdout.decode().split("\0")
        return tuple(sorted(path for path in paths if path and (ROOT / path).is_file()))
    files = (file.relative_to(ROOT) for file in ROOT.rglob("*") if file.is_file())
    hidden = (".", "__pycache__")
    return tuple(sorted(str(file) for file in files if not any(part.startswith(hidden) for part in file.parts)))


def python_files(*folders: str) -> list[str]:
    """Tracked Python files below these folders."""
    return [path for path in tracked() if path.endswith(".py") and path.split("/")[0] in folders]


def text(path: str) -> str:
    """The content of a tracked file."""
    return (ROOT / path).read_text("utf-8")


@cache
def parsed(path: str) -> ast.Module:
    """A Python file as a tree."""
    return ast.parse(text(path), path)


def functions(path: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(path: str) -> int:
    """Lines that hold code: no blank lines, comments or docstrings."""
    counted: set[int] = set()
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(io.StringIO(text(path)).readline):
        if token.type not in skipped:
            counted |= set(range(token.start[0], token.end[0] + 1))
    return len(counted - _docstrings(path))


def _docstrings(path: str) -> set[int]:
    """Lines of strings that stand alone as a statement: docstrings, also those below an attribute."""
    return {
        line
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def docstrings(path: str) -> set[int]:
    """Ids of the nodes of the docstrings of a file, as `parsed` gives them."""
    return {
        id(node.value)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
