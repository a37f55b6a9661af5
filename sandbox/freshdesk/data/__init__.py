"""The account's rows, the endpoints, plans and errors, as JSON."""

from functools import partial
from pathlib import Path

from sandbox import templates

load = partial(templates.load, Path(__file__).parent)
load_templates = partial(templates.load_templates, Path(__file__).parent)
