"""The flags of ``python -m sandbox``: they are made from what Account and Options say."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from dataclasses import fields
from importlib import import_module
from typing import Any

import pytest

from sandbox import zendesk_support
from sandbox.__main__ import VENDORS, add_flags, made_of


def parsed(made: type, *arguments: str) -> Any:
    parser = ArgumentParser()
    add_flags(parser, made)
    return made_of(parser.parse_args(arguments), made)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_option_has_a_flag(vendor: str) -> None:
    options = import_module(f"sandbox.{vendor.replace('-', '_')}").Options
    parser = ArgumentParser()
    add_flags(parser, options)
    flags = set(re.findall(r"--[a-z-]+", parser.format_usage()))
    assert {f"--{option.name.replace('_', '-')}" for option in fields(options)} <= flags


def test_flags_give_values_of_the_options_own_types() -> None:
    options = parsed(
        zendesk_support.Options,
        *("--hold-back", "0", "--without", "surveys,talk", "--churn", '{"tickets": 2}'),
        *("--no-messaging-events", "--token-status", "200", "--role", "agent"),
    )
    expected = zendesk_support.Options(
        hold_back=0,
        without=("surveys", "talk"),
        churn={"tickets": 2},
        messaging_events=False,
        token_status=200,
        role="agent",
    )
    assert options == expected


def test_sizes_that_are_not_given_are_the_accounts_own() -> None:
    account = parsed(zendesk_support.Account, "--tickets", "20", "--user-burst", "15")
    assert len(account.rows("tickets", account.now())) == 20
    assert account.seed == 1
    updated = [row["updated_at"] for row in account.rows("users", account.now())]
    assert max(map(updated.count, updated)) >= 15
