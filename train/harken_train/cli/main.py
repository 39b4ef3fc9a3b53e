"""The command ``harken-train``: its commands, each a file in this folder."""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperGroup

from harken_train.cli import outcome
from harken_train.cli.version import Version  # typer reads it when it runs

PROGRAM = "harken-train"
# What a command is for. Its file is imported when it is called, not when all of them are listed.
COMMANDS = {
    "init": "Look at your recordings and write a first recipe.",
    "fit": "Train a recipe; leaves a run folder.",
    "recipes": "List the recipes that come with harken.",
    "data": "Describe recordings, make spectrograms of them, fetch a public set.",
    "simulate": "Write recordings of simulated bearings, to try things on.",
    "calibrate": "Make a run's scores as sure as its answers are right.",
    "evaluate": "Score a run's test part; writes metrics.json and report.html.",
    "cross-validate": "Train and score a recipe once for each fold of the groups.",
    "sweep": "Search for the settings of a recipe by many trainings.",
    "spectrograms": "Draw examples of every class.",
    "band": "Propose the band of the front-end envelope, by kurtogram.",
    "wavelets": "Choose a wavelet and its depth by looking at a recording.",
    "augmentations": "Draw what a recipe's augmentations do to training segments.",
}

# \b keeps typer from filling the lines that follow it.
ABOUT = """From recordings to a trained run: describe, train, evaluate.

\b
First steps, with recordings that harken makes itself:
  harken-train fit bearing_simulated
  harken-train evaluate newest
  harken-export export newest -o bearing.onnx
"""


class Commands(TyperGroup):
    """A command NAME is the function NAME of ``harken_train.cli.NAME``, or its ``app``."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # typer's signature
        """Names in the order of the work, not of the alphabet."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # typer's signature
        """Import the command's file; ``None`` makes typer say that there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"harken_train.cli.{cmd_name.replace('-', '_')}")
        app = getattr(module, "app", None)
        if app is None:
            app = plain_app()
            app.command(cmd_name)(getattr(module, cmd_name.replace("-", "_")))
        command = typer.main.get_command(app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # typer's signature
        """List what there is without importing any of it."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def plain_app(**settings: Any) -> typer.Typer:
    """A typer app as all of ours are: no completion commands, plain help, plain tracebacks."""
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


app = plain_app(cls=Commands, no_args_is_help=True, help=ABOUT)


@app.callback()
def _commands(version: Version = False) -> None:
    """Make typer treat this as a group; its help is `ABOUT`."""


def main() -> None:
    """Run the command and leave by its status."""
    outcome.leave(outcome.run(app, PROGRAM))
