"""The commands ``harken``, one file each; `harken.cli.main` finds and runs them."""
