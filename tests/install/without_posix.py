"""Runs a command in a Python that lacks what Windows lacks: ``without_posix.py PACKAGE ...``."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import importlib
import os
import signal
import sys

SIGNALS = {"SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM", "SIG_DFL", "SIG_IGN"}
FUNCTIONS = (
    "chown",
    "fchmod",
    "fchown",
    "fork",
    "getegid",
    "geteuid",
    "getgid",
    "getuid",
    "killpg",
)
FLAGS = ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK")
MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")

for name in [name for name in dir(signal) if name.startswith("SIG") and name not in SIGNALS]:
    delattr(signal, name)
    if hasattr(_signal, name):
        delattr(_signal, name)
for name in (*FUNCTIONS, *FLAGS):
    delattr(os, name)
for name in MODULES:
    sys.modules[name] = None  # type: ignore[assignment]

_, package, *arguments = sys.argv
sys.argv = [package, *arguments]
sys.exit(importlib.import_module(package).main())
