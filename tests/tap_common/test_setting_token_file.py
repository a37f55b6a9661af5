"""A file for tokens apart from the config: it keeps the good refresh token from run to run."""

from __future__ import annotations

import json
import logging
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tap_common.errors import UsageError
from tests.tap_common.test_oauth2 import Run, Vendor

CLIENT = {"client_id": "id", "client_secret": "secret", "refresh_token": "refresh-0"}


def config(folder: Path, **more: str) -> Path:
    """A config file, made for one run."""
    path = Path(tempfile.mkdtemp(dir=folder)) / "config.json"
    path.write_text(json.dumps({**CLIENT, **more}))
    return path


def saved(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


def test_each_run_goes_on_with_the_tokens_of_the_last_one(tmp_path: Path, tokens: Path) -> None:
    vendor = Vendor()
    for number in (1, 2, 3):
        path = config(tmp_path, token_file=str(tokens))
        run = Run(vendor, path)
        assert run.sign() == f"access-{max(number - 1, 1)}"
        assert number == 1 or run.token.renew()
        assert run.sign() == f"access-{number}"
        assert saved(path) == {**CLIENT, "token_file": str(tokens)}
    assert {key: saved(tokens)[key] for key in ("access_token", "refresh_token")} == {
        "access_token": "access-3",
        "refresh_token": vendor.good,
    }
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o600


def test_the_environment_may_name_the_file(tokens: Path) -> None:
    vendor = Vendor()
    for _ in range(2):
        run = Run(vendor, None, **CLIENT, token_file=str(tokens))
        assert run.sign()
        assert run.token.renew()
    assert saved(tokens)["refresh_token"] == vendor.good


def test_a_new_refresh_token_in_the_config_counts_more_than_the_file(
    tmp_path: Path, tokens: Path
) -> None:
    Run(Vendor(), config(tmp_path, token_file=str(tokens))).sign()
    vendor = Vendor()
    vendor.good = "anew"
    run = Run(vendor, config(tmp_path, token_file=str(tokens), refresh_token="anew"))
    run.sign()
    assert vendor.asked[0]["refresh_token"] == "anew"
    assert saved(tokens)["refresh_token"] == vendor.good == "refresh-1"
    later = Run(vendor, config(tmp_path, token_file=str(tokens), refresh_token="anew"))
    assert later.sign() == "access-1"
    assert len(vendor.asked) == 1


def test_a_config_without_a_refresh_token_uses_that_of_the_file(
    tmp_path: Path, tokens: Path
) -> None:
    vendor = Vendor()
    Run(vendor, config(tmp_path, token_file=str(tokens))).sign()
    run = Run(vendor, config(tmp_path, token_file=str(tokens), refresh_token=""))
    assert run.sign() == "access-1"
    assert run.token.renew()
    assert vendor.asked[-1]["refresh_token"] == "refresh-1"
    assert saved(tokens)["refresh_token"] == vendor.good
    assert Run(vendor, config(tmp_path, token_file=str(tokens))).sign() == "access-2"


def test_a_file_that_a_person_wrote_is_used(tmp_path: Path, tokens: Path) -> None:
    vendor = Vendor()
    vendor.good = "by hand"
    tokens.write_text(json.dumps({"refresh_token": "by hand"}))
    Run(vendor, config(tmp_path, token_file=str(tokens))).sign()
    assert vendor.asked[0]["refresh_token"] == "by hand"


def test_an_empty_file_is_like_none(tmp_path: Path, tokens: Path) -> None:
    """A run that was killed just after it made the file leaves it empty."""
    tokens.touch()
    vendor = Vendor()
    assert Run(vendor, config(tmp_path, token_file=str(tokens))).sign() == "access-1"
    assert saved(tokens)["refresh_token"] == vendor.good


def test_a_file_that_cannot_be_made_is_a_usage_error_before_the_token_is_used(
    tmp_path: Path,
) -> None:
    vendor = Vendor()
    path = tmp_path / "nowhere" / "tokens.json"
    run = Run(vendor, config(tmp_path, token_file=str(path)))
    with pytest.raises(UsageError) as raised:
        run.sign()
    assert str(raised.value) == (
        f"config: token_file: {path} can't be made (No such file or directory); the refresh_token "
        "was not used"
    )
    assert not vendor.asked


def test_a_file_that_holds_no_object_is_a_usage_error(tmp_path: Path, tokens: Path) -> None:
    tokens.write_text("[]")
    with pytest.raises(UsageError, match=r"tokens\.json must hold a JSON object"):
        Run(Vendor(), config(tmp_path, token_file=str(tokens)))


@pytest.mark.parametrize("place", [".meltano/run/tap", ""])
def test_a_file_that_is_made_for_one_run_is_told(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    monkeypatch.setattr(logging.getLogger("tap"), "propagate", True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / place
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.json"
    path.write_text(json.dumps(CLIENT))
    Run(Vendor(), path).sign()
    assert caplog.messages == [
        f"config: the next refresh_token would be lost with {path}, which is made for one run: set"
        " token_file to a path that stays"
    ]
