"""What changes while it is read."""

from __future__ import annotations

import pytest

from tests.harness import selecting
from tests.zendesk_support.conftest import KEYS, Place, lost


@pytest.mark.parametrize(("vanishing", "code"), [(2, 0), (99, 3)])
def test_a_numbered_list_that_gets_shorter_while_it_is_read_loses_no_row(place: Place, vanishing: int, code: int) -> None:
    server, taps = place()
    for _ in range(250):
        server.account.changes.add_row("sla_policies")
    catalog = selecting(taps.discovered(), "sla_policies")
    server.options.vanishing = vanishing
    run = taps.run(catalog=catalog, activate_version=True)
    assert run.code == code, run.err
    assert lost(server, run, besides=KEYS.keys() - {"sla_policies"}) == {}
    assert sum(message["type"] == "ACTIVATE_VERSION" for message in run.messages) == (not code)
