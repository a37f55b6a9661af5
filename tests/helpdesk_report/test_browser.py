"""The page in a real browser (Debian's chromium), on a desk and on a phone."""

from __future__ import annotations

import functools
import html
import http.server
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from helpdesk_report.figures import read
from helpdesk_report.page import duration, page, share_of_good
from tests.environments import from_debian
from tests.helpdesk_report import truth
from tests.helpdesk_report.conftest import Filled

pytestmark = [pytest.mark.stack, pytest.mark.process]

PHONE, DESK = 390, 1100
LEGIBLE = 9
"""The least height of a text, in pixels."""
PATIENCE = 120
FRAME = """<!doctype html><iframe src="page.html" width="%d" height="3000" frameborder="0"></iframe>
<pre></pre><script>
onload = () => {
  const page = document.querySelector("iframe").contentDocument;
  const all = (css) => [...page.querySelectorAll(css)];
  const box = (element) => element.getBoundingClientRect();
  document.querySelector("pre").textContent = JSON.stringify({
    width: page.documentElement.scrollWidth,
    right: Math.max(...all("main *").map((element) => box(element).right)),
    smallest: Math.min(...all("text, td, th, p, span").map((element) => box(element).height)),
    abreast: all("section").filter((card) => box(card).top == box(all("section")[0]).top).length,
    tiles: all(".tiles b").map((tile) => tile.innerText),
    titles: all("h2").map((title) => title.firstChild.textContent),
    agents: all("section:last-child tbody tr").map((row) => row.innerText.split("\\t")),
    drawn: all("rect").filter((mark) => box(mark).height > 0).length,
    color: page.defaultView.getComputedStyle(page.querySelector("rect.created")).fill,
  });
};
</script>"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Writes nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def looked_at(filled: Filled, folder: Path, width: int) -> dict[str, Any]:
    """What the browser measures in the page of a file, in a window of this width."""
    browser = from_debian("chromium")
    (folder / "page.html").write_text(page(read(str(filled.path))), "utf-8")
    (folder / "frame.html").write_text(FRAME % width, "utf-8")
    with served(folder) as address:
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        place = f"--user-data-dir={folder / 'profile'}"
        done = subprocess.run(
            [browser, *options, place, "--virtual-time-budget=10000", f"{address}/frame.html"],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    found = re.search("<pre>(.+?)</pre>", done.stdout.decode(), re.DOTALL)
    assert found, done.stderr.decode()
    measured: dict[str, Any] = json.loads(html.unescape(found[1]))
    return measured


@pytest.mark.parametrize(("width", "abreast"), [(PHONE, 1), (DESK, 2)])
def test_the_page_fits_the_window_and_can_be_read(
    filled: Filled, tmp_path: Path, width: int, abreast: int
) -> None:
    seen = looked_at(filled, tmp_path, width)
    assert (seen["width"], seen["abreast"]) == (width, abreast)
    assert seen["right"] <= width
    assert seen["smallest"] >= LEGIBLE
    assert seen["drawn"] > 7 * 24
    assert seen["color"] == "rgb(52, 104, 192)"
    summary = truth.summary(filled.tickets)
    assert seen["tiles"] == [
        str(summary["open"]),
        duration(summary["median_first_reply_minutes"]),
        duration(summary["median_resolution_minutes"]),
        share_of_good(summary),
    ]
    assert seen["titles"][0] == "Tickets a week"
    assert {row[0]: row[1] for row in seen["agents"]} == {
        name or "nobody": str(row["tickets"])
        for name, row in truth.by("agent", filled.tickets).items()
    }
