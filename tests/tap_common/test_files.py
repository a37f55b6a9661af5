"""Files that a person hands over: what is wrong with a bad one is said in one line."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_common import catalog, config, files, state
from tap_common.errors import UsageError
from tests.tap_common.shop import tap

GOOD = {"bookmarks": {"tickets": {"live": "2026-01-01T00:00:00Z", "päge": [1, 2.5, None, True]}}}


def fault(path: Path | str, **options: Any) -> str:
    """What is said about the bad file at ``path``, without its name."""
    with pytest.raises(UsageError) as raised:
        files.read_json("state", str(path), "ask somebody", **options)
    line = str(raised.value)
    assert "\n" not in line
    assert line.startswith("state: ")
    return line.removeprefix("state: ").replace(str(path), "FILE")


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(GOOD).encode(),
        json.dumps(GOOD, ensure_ascii=False).encode(),
        b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
        json.dumps(GOOD, indent=2).replace("\n", "\r\n").encode() + b"\r\n\r\n",
    ],
    ids=["escaped", "plain", "with a byte order mark", "with CRLF"],
)
def test_json_in_utf8_is_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.json").write_bytes(content)
    assert files.read_json("state", str(tmp_path / "state.json")) == GOOD


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "FILE is empty; ask somebody"),
        (b" \r\n", "FILE is empty; ask somebody"),
        (b'{"a": ', "FILE is torn or not JSON (Expecting value at line 1, column 7); ask somebody"),
        (b"[" * 1_500 + b"]" * 1_500, "FILE is nested more than 100 levels deep; ask somebody"),
        (b'{"a":' * 200_000, "FILE is nested more than 100 levels deep; ask somebody"),
        (b"[" * 101 + b"1" + b"]" * 101, "FILE is nested more than 100 levels deep; ask somebody"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "FILE has an integer of more than 64 bits in it; "),
        (b'{"a": 18446744073709551616}', "FILE has an integer of more than 64 bits in it; "),
        (b'{"a": -9223372036854775809}', "FILE has an integer of more than 64 bits in it; "),
        (b'{"a": "\\ud83d"}', "FILE has half a character (a lone surrogate) in it; ask somebody"),
        (b'{"\\udc00": 1}', "FILE has half a character (a lone surrogate) in it; ask somebody"),
        (b'{"a": NaN}', "FILE has NaN in it, which is no JSON; ask somebody"),
        (b'{"a": -Infinity}', "FILE has -Infinity in it, which is no JSON; ask somebody"),
        (b'{"a": 1e999}', "FILE has a number in it that is too large; ask somebody"),
        (b'{"a": "\0"}', "FILE has NUL bytes in it, so it is no JSON text; ask somebody"),
        (b'{"a": "\xff"}', "FILE is not UTF-8 text; save it as UTF-8; ask somebody"),
        ('{"a": 1}'.encode("utf-16"), "FILE is UTF-16 text; save it as UTF-8; ask somebody"),
        (
            b'{"bookmarks": {}}\n{"bookmarks": {}}\n',
            "FILE holds several JSON values (the second begins at line 2, column 1); "
            "take the last line, for example: tail -n 1 FILE > last.json",
        ),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "state.json").write_bytes(content)
    assert fault(tmp_path / "state.json").startswith(words)


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("{“a”: 1}", '; use the quote " there)'),
        ('{"a": „b“}', '; use the quote " there)'),
        ("{'a': 1}", '; use the quote " there)'),
        ('{"a": 1 # one\n}', "; JSON has no comments)"),
        ('{"a": 1, // one\n"b": 2}', "; JSON has no comments)"),
        ('{"a": 1, }', "comma before"),
        ('{"a": }', "column 7); "),
        ('{"a": ', "column 7); "),
    ],
)
def test_what_a_person_may_have_written_by_hand_is_told(
    tmp_path: Path, content: str, hint: str
) -> None:
    (tmp_path / "state.json").write_text(content, "utf-8")
    said = fault(tmp_path / "state.json")
    assert said.startswith("FILE is torn or not JSON (")
    assert hint in said


def test_a_hundred_levels_and_integers_of_64_bits_are_read(tmp_path: Path) -> None:
    text = "[" * 99 + "[18446744073709551615, -9223372036854775808]" + "]" * 99
    (tmp_path / "deep.json").write_text(text, "utf-8")
    assert files.read_json("state", str(tmp_path / "deep.json")) == json.loads(text)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(1_000_000_000)
    assert fault(tmp_path / "huge.json") == "FILE is larger than 32 MB; ask somebody"


def test_what_is_neither_a_file_nor_a_pipe_is_refused(tmp_path: Path) -> None:
    assert fault(tmp_path) == "FILE is a directory; ask somebody"
    assert fault("/dev/zero") == "FILE is neither a file nor a pipe; ask somebody"
    assert fault(tmp_path / "none") == "can't read FILE: No such file or directory"


def test_a_pipe_into_which_nobody_writes_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    words = "FILE is a pipe into which nobody writes, or whose writer takes too long; ask somebody"
    assert fault(tmp_path / "fifo", pipe_seconds=0.1) == words
    reader, writer = os.pipe()
    os.write(writer, b'{"a": ')
    assert fault(f"/dev/fd/{reader}", pipe_seconds=0.1) == words
    os.close(reader)
    os.close(writer)


@pytest.mark.process
def test_a_pipe_that_never_ends_is_given_up_at_the_size_of_the_largest_file() -> None:
    with subprocess.Popen(["cat", "/dev/zero"], stdout=subprocess.PIPE) as endless:
        assert endless.stdout is not None
        name = f"/dev/fd/{endless.stdout.fileno()}"
        assert fault(name) == "FILE is larger than 32 MB; ask somebody"
        endless.kill()


def test_a_pipe_with_a_writer_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    whole = json.dumps({"padding": "x" * 300_000})
    writer = threading.Thread(target=(tmp_path / "fifo").write_text, args=(whole, "utf-8"))
    writer.start()
    assert files.read_json("config", str(tmp_path / "fifo")) == json.loads(whole)
    writer.join()


def test_a_key_that_stands_twice_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "config.json").write_text('{"domain": "a", "b": {}, "domain": "c"}', "utf-8")
    with caplog.at_level(logging.WARNING, "tap"):
        assert files.read_json("config", str(tmp_path / "config.json")) == {"domain": "c", "b": {}}
    assert [record.getMessage() for record in caplog.records] == [
        f"config: {tmp_path}/config.json has the key 'domain' twice in one object; the last counts"
    ]


def test_an_object_is_asked_for_and_a_list_came(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("[]", "utf-8")
    with pytest.raises(UsageError, match=r"config: .*config.json must hold a JSON object"):
        files.read_object("config", str(tmp_path / "config.json"))


@pytest.fixture(scope="module")
def any_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "any.json"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats()
    | st.text(st.characters(), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(JSON.map(json.dumps).map(str.encode) | st.binary())
def test_each_file_is_read_or_refused(any_file: Path, content: bytes) -> None:
    any_file.write_bytes(content)
    try:
        value = files.read_json("state", str(any_file))
    except UsageError as refusal:
        line = str(refusal)
    else:
        line = ""
        assert json.dumps(value, allow_nan=False).encode()
        assert value == json.loads(content)
    assert "\n" not in line


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    shop = tap()
    contents: dict[str, Any] = {
        "config": {"shop": "corner"},
        "catalog": catalog.discovered(shop, shop.schemas, {}),
        "state": {"bookmarks": {"orders": {"changed": "2026-01-01T00:00:00Z"}}},
    }
    paths = {name: str(tmp_path / f"{name}.json") for name in contents}
    for name, path in paths.items():
        Path(path).write_text(json.dumps(contents[name]), "utf-8-sig")
    loaded = config.load(shop.name, shop.all_settings, shop.logins, [paths["config"]], {})
    assert loaded["shop"] == "corner"
    assert list(catalog.load(shop, paths["catalog"])) == [stream.name for stream in shop.streams]
    assert state.load(paths["state"]).value() == contents["state"]


def test_a_file_with_several_states_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"bookmarks": {}}\n{"bookmarks": {}}\n')
    with pytest.raises(UsageError) as caught:
        state.load(str(path))
    assert str(caught.value) == (
        f"state: {path} holds several JSON values (the second begins at line 2, column 1); take "
        f"the last line, for example: tail -n 1 {path} > last.json"
    )
