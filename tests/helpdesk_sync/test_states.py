"""Which line is the state, and when it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpdesk_sync.errors import JobError
from helpdesk_sync.place import Folder, Place, Remote
from helpdesk_sync.states import States, state_of

HOUR = 3600


@pytest.fixture(params=["folder", "url"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Folder(tmp_path) if request.param == "folder" else Remote(f"file://{tmp_path}")


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (b'{"a": 1}\n', b'{"a": 1}\n'),
        (b'  {"a": 1}\r\n', b'{"a": 1}\n'),
        (b'{"a": 1}', None),
        (b"{not json}\n", None),
        (b'{"a": NaN}\n', None),
        (b"[]\n", None),
        (b"7\n", None),
        (b"hello\n", None),
        (b"\377\n", None),
        (b"\n", None),
        (b"[" * 100_000 + b"\n", None),
    ],
)
def test_a_state_is_a_whole_line_that_holds_a_json_object(line: bytes, state: bytes | None) -> None:
    assert state_of(line) == state


def test_the_last_state_counts(place: Place) -> None:
    states = States(place, "target", HOUR)
    for line in (b'{"a": 1}\n', b'{"a": 2}\n', b"hello\n", b'{"a": 3}'):
        states.take(line)
    assert place.read("state.json") is None
    states.keep()
    assert place.read("state.json") == b'{"a": 2}\n'


def test_a_state_is_kept_while_the_tap_runs(place: Place) -> None:
    States(place, "target", 0).take(b'{"a": 1}\n')
    assert place.read("state.json") == b'{"a": 1}\n'


def test_without_a_new_state_the_file_stays(place: Place, tmp_path: Path) -> None:
    place.write("state.json", b'{"a": 1}\n')
    before = (tmp_path / "state.json").stat().st_mtime_ns
    states = States(place, "target", 0)
    states.keep(anyhow=True)
    states.take(b'{"a": 1}\n')
    assert (tmp_path / "state.json").stat().st_mtime_ns == before
    states.keep(anyhow=True)
    assert (tmp_path / "state.json").stat().st_mtime_ns > before


def test_a_state_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    states = States(Folder(folder), "target", 0)
    folder.rmdir()
    states.take(b'{"a": 1}\n')
    with pytest.raises(OSError, match="No such file"):
        states.keep()
    folder.mkdir()
    states.keep()
    assert Folder(folder).read("state.json") == b'{"a": 1}\n'


def kept_for(place: Place, target: str, state: bytes) -> None:
    states = States(place, target, HOUR)
    states.take(state)
    states.keep()


def test_a_state_belongs_to_the_target_that_printed_it(place: Place) -> None:
    States(place, "first", HOUR).check_target()
    kept_for(place, "first", b'{"a": 1}\n')
    States(place, "first", HOUR).check_target()
    with pytest.raises(JobError, match=r"what first has got, so second would get only .* changes"):
        States(place, "second", HOUR).check_target()
    kept_for(place, "second", b'{"a": 2}\n')
    States(place, "second", HOUR).check_target()


@pytest.mark.parametrize("known", [None, b"", b"torn", b"[]", b'{"target": 7}', b"[" * 100_000])
def test_a_state_whose_target_is_not_known_is_good_for_any(
    place: Place, known: bytes | None
) -> None:
    place.write("state.json", b'{"a": 1}\n')
    if known is not None:
        place.write("target.json", known)
    States(place, "target", HOUR).check_target()


def test_without_a_state_any_target_may_begin(place: Place) -> None:
    place.write("target.json", b'{"target": "first"}\n')
    States(place, "second", HOUR).check_target()


@pytest.mark.parametrize("url", ["nowhere://bucket/acme", "https2://x/"])
def test_a_url_of_an_unknown_kind(url: str) -> None:
    with pytest.raises(JobError, match=url):
        Remote(url)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no such folder; make it"):
        Folder(tmp_path / "acme")
