"""JSON files that a person handed over: read with suspicion, refused with one line that says what is wrong and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tap_common.errors import UsageError


def read_json(kind: str, name: str, advice: str = "") -> Any:
    """The JSON value in the file ``name``. UsageError, beginning with ``kind`` and ending with ``advice``, if there is none."""
    ending = f"; {advice}" if advice else ""
    try:
        content = Path(name).read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{kind}: can't read {name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{kind}: {name} is not UTF-8 text{ending}") from None
    if not content.strip():
        raise UsageError(f"{kind}: {name} is empty{ending}")
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")
        raise UsageError(
            f"{kind}: {name} is torn or not JSON ({what} at line {error.lineno}, column {error.colno}){ending}"
        ) from None


def read_object(kind: str, name: str) -> dict[str, Any]:
    """The JSON object in the file ``name``. UsageError, beginning with ``kind``, if there is none."""
    content = read_json(kind, name)
    if not isinstance(content, dict):
        raise UsageError(f"{kind}: {name} must hold a JSON object")
    return content
