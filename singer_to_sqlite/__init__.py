"""The suite's own loader: Singer messages on stdin become the tables of one SQLite file."""

__version__ = "0.1.0"
