"""What a command printed, as tests look at it."""

from __future__ import annotations

import json
from typing import Any

import pytest


def table(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """Words of the lines on stdout."""
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr."""
    [line] = capsys.readouterr().err.splitlines()
    return line


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]
