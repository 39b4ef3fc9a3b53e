"""``python -m harken_train.cli``: the command, where its script is not on the path."""

from __future__ import annotations

from harken_train.cli.main import main

main()
