"""The file with the refresh token: always whole, never readable by others, locked while in use."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tap_common.errors import CredentialsRefused, TapError, UsageError
from tap_common.token_files import TokenFile

OLD = {"client_id": "acme", "refresh_token": "first", "päge_size": 7}
NEW = {"refresh_token": "second", "access_token": "bearer"}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config file in a folder into which everybody may write."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    path = folder / "config.json"
    path.write_text(json.dumps(OLD), "utf-8")
    path.chmod(0o600)
    return path


def renew(path: Path) -> None:
    """What a run does when the vendor gives it new tokens."""
    file = TokenFile(path, lock_seconds=1)
    with file.locked() as content:
        file.check_writable(content)
        file.save(content, NEW)


def content(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o660])
def test_the_new_tokens_are_saved_and_all_else_stays(config: Path, mode: int) -> None:
    owner = (1, 1) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(config, *owner)
    config.chmod(mode)
    renew(config)
    assert content(config) == {**OLD, **NEW}
    status = config.stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == (mode, *owner)
    assert names(config.parent) == {"config.json", ".config.json.lock"}


def test_changes_that_others_make_meanwhile_stay(config: Path) -> None:
    file = TokenFile(config)
    with file.locked() as before:
        config.write_text(json.dumps({**OLD, "page_size": 50}), "utf-8")
        file.save(before, NEW)
    assert content(config) == {**OLD, **NEW, "page_size": 50}


def test_blanks_around_a_token_are_no_part_of_it(config: Path) -> None:
    config.write_text(json.dumps({**OLD, "refresh_token": " first\n"}), "utf-8")
    with TokenFile(config).locked() as found:
        assert found == OLD


def test_a_file_that_somebody_is_just_writing_gets_what_it_held_before(config: Path) -> None:
    file = TokenFile(config)
    with file.locked() as before:
        config.write_text('{"client_id": ', "utf-8")
        file.save(before, NEW)
    assert content(config) == {**OLD, **NEW}


@pytest.mark.parametrize("name", [".config.json.new", ".config.json.lock"])
@pytest.mark.parametrize("kind", ["file", "hard link", "symbolic link", "FIFO", "folder"])
def test_what_others_put_into_the_folder_is_neither_read_nor_written(
    config: Path, tmp_path: Path, name: str, kind: str
) -> None:
    victim, planted = tmp_path / "victim", config.parent / name
    victim.write_text("precious", "utf-8")
    if kind == "file":
        planted.touch()
        planted.chmod(0o666)
    elif kind == "hard link":
        planted.hardlink_to(victim)
    elif kind == "symbolic link":
        planted.symlink_to(victim)
    elif kind == "FIFO":
        os.mkfifo(planted)
    else:
        planted.mkdir()
    before = planted.lstat()
    renew(config)
    assert content(config) == {**OLD, **NEW}
    assert victim.read_text("utf-8") == "precious"
    after = planted.lstat()
    assert (after.st_ino, after.st_mode, after.st_size) == (
        before.st_ino,
        before.st_mode,
        before.st_size,
    )


@contextmanager
def watched(folder: Path) -> Iterator[list[tuple[str, int]]]:
    """The files that are made in ``folder``, with their modes before and after each change."""
    seen: list[tuple[str, int]] = []
    ended = threading.Event()

    def watch(event: str, _arguments: tuple[Any, ...]) -> None:
        if event in ("os.chown", "os.chmod", "os.rename") and not ended.is_set():
            seen.extend(
                (event, stat.S_IMODE(path.stat().st_mode)) for path in folder.glob(".config.json.*")
            )

    sys.addaudithook(watch)
    yield seen
    ended.set()


def test_the_new_file_is_ours_alone_until_it_has_its_owner(config: Path) -> None:
    config.chmod(0o640)
    umask = os.umask(0)
    with watched(config.parent) as seen:
        TokenFile(config).save(OLD, NEW)
    os.umask(umask)
    assert seen == [("os.chown", 0o600), ("os.chmod", 0o600), ("os.rename", 0o640)]


def test_what_a_killed_run_left_behind_is_removed_and_nothing_else(config: Path) -> None:
    for name in (".config.json.a1b2c3.new", ".config.json.swp", ".other.json.a1b2c3.new"):
        (config.parent / name).write_text("{}", "utf-8")
    renew(config)
    assert names(config.parent) == {
        "config.json",
        ".config.json.lock",
        ".config.json.swp",
        ".other.json.a1b2c3.new",
    }


def test_a_symbolic_link_is_followed_to_the_file_that_it_means(
    config: Path, tmp_path: Path
) -> None:
    (tmp_path / "link.json").symlink_to(config)
    renew(tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert content(config) == {**OLD, **NEW}


def test_another_run_is_waited_for_but_not_for_ever(config: Path) -> None:
    words = r"another run has renewed the tokens of .*config.json for 0 seconds; end it, or run"
    with (
        FileLock(config.parent / ".config.json.lock"),
        pytest.raises(TapError, match=words) as raised,
        TokenFile(config, lock_seconds=0.1).locked(),
    ):
        raise AssertionError("two runs have the lock")
    assert raised.value.exit_code == 1
    renew(config)
    assert content(config) == {**OLD, **NEW}


def test_one_run_after_the_other_renews(config: Path) -> None:
    first, order = TokenFile(config), list[str]()

    def second() -> None:
        with TokenFile(config).locked() as found:
            order.append(found["refresh_token"])

    with first.locked() as before:
        waiting = threading.Thread(target=second)
        waiting.start()
        order.append(before["refresh_token"])
        first.save(before, NEW)
    waiting.join()
    assert order == ["first", "second"]


def test_where_no_lock_can_be_had_a_warning_says_so(
    config: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (config.parent / ".config.json.lock").mkdir()
    (tmp_path / "cache").write_text("no folder", "utf-8")
    renew(config)
    assert content(config) == {**OLD, **NEW}
    assert "don't let two runs use it at the same time" in caplog.text


@pytest.mark.parametrize("what", ["folder", "FIFO", "nothing"])
def test_what_is_no_file_is_refused_before_the_token_is_used(config: Path, what: str) -> None:
    path = config.parent / "other.json"
    if what == "folder":
        path.mkdir()
    elif what == "FIFO":
        os.mkfifo(path)
    words = r"other.json can't be written \(it is not a file\).*the token was not used"
    with pytest.raises(UsageError, match=words), TokenFile(path).locked():
        raise AssertionError("it was locked")


def test_new_tokens_that_can_not_be_saved_end_the_run(config: Path) -> None:
    file = TokenFile(config)
    with file.locked() as before:
        config.unlink()
        config.mkdir()
        with pytest.raises(CredentialsRefused, match="the new refresh_token can't be saved"):
            file.save(before, NEW)
    assert names(config.parent) == {"config.json", ".config.json.lock"}


@pytest.mark.process
def test_taps_start_where_python_has_no_fcntl_as_on_windows() -> None:
    modules = "tap_common.token_files, tap_common.run"
    program = f"import sys; sys.modules['fcntl'] = None; import {modules}"
    subprocess.run([sys.executable, "-c", program], check=True)
