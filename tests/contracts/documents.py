"""OpenAPI documents, as published and as we serve them: reading them, following references, naming their paths."""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_PARAMETER = re.compile(r"{[^}]*}")


@dataclass
class Document:
    """An OpenAPI document. `name` is the file it came from, for references to sibling documents."""

    content: dict[str, Any]
    folder: Path | None = None
    paths: dict[str, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.paths = {plain(path): item for path, item in self.content["paths"].items()}

    def resolve(self, node: Any) -> tuple["Document", Any]:
        """What a reference leads to, and the document it stands in."""
        found: Document = self
        while isinstance(node, dict) and "$ref" in node:
            file, _, pointer = node["$ref"].strip().strip("'\"").partition("#")
            if file:
                found = found.sibling(file)
            node = found.content
            for step in pointer.strip("/").split("/"):
                node = node[step.replace("~1", "/").replace("~0", "~")]
        return found, node

    def sibling(self, reference: str) -> "Document":
        """The published document that a relative reference means, whatever version it names."""
        for name in ("catalogi", "documenten", "besluiten", "zaken"):
            if f"/{name}/" in reference and self.folder is not None:
                return published(next(self.folder.glob(f"{name}-*.yaml")))
        raise KeyError(reference)


def published(file: Path) -> Document:
    """A published document."""
    return Document(read(file), file.parent)


@cache
def read(file: Path) -> dict[str, Any]:
    """A YAML file; the documents are large, hence read once."""
    content: dict[str, Any] = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return content


def plain(path: str) -> str:
    """A path without the names of its parameters."""
    return _PARAMETER.sub("{}", path)


def collection(path: str) -> str:
    """The collection a path belongs to: `/zaken/{}` → `/zaken`."""
    return path.removesuffix("/{}")
