"""The account's rows, the endpoints, plans and errors, as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox import templates
from sandbox.templates import Template

_FOLDER = Path(__file__).parent


def load(name: str) -> Any:
    """Return the content of one of the files."""
    return templates.load(_FOLDER, name)


def load_templates(name: str) -> dict[str, Template]:
    """Return the templates in one of the files, by name."""
    return {kind: Template(form) for kind, form in load(name).items()}
