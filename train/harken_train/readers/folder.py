"""The user's own recordings: one folder a label."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harken.errors import MissingInputError, SettingsError
from harken.suggest import suggestion
from harken_train.group_name import group_from, group_pattern
from harken_train.readers import readers
from harken_train.recordings import Recording
from harken_train.sample_file import SUFFIXES, Wanted, look
from harken_train.survey import Found, all_of, check_folder, survey_of

_log = logging.getLogger(__name__)


@readers.register("folder")
@dataclass(frozen=True, kw_only=True)
class Folder:
    r"""Every folder in ``path`` is a label; the files in it, also in folders below, recordings.

    The group is what the brackets of ``group_pattern`` match in the file's path below ``path``
    (``"(pump\d+)_"``), or else the file itself. ``rate``, ``channel`` and ``variable`` are for all
    files; sound files tell their rate themselves. ``leave_out`` names files, as paths below
    ``path``, that are not read at all.
    """

    path: Path
    rate: int | None = None
    channel: int | None = None
    variable: str = ""
    group_pattern: str = ""
    leave_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        group_pattern(self.group_pattern)

    def recordings(self) -> list[Recording]:
        """All of them, sorted by path; the first that cannot be read is an error."""
        return all_of(self.survey())

    def survey(self) -> list[Found]:
        """All of them, or the error in place of one; files of other kinds are told in the log."""
        files = self._candidates()
        others = Counter(path.suffix or path.name for path in files if not _known(path))
        for suffix, count in sorted(others.items()):
            _log.warning("left out files=%d of kind=%s folder=%s", count, suffix, self.path)
        return survey_of(self._read_of(files), self._recording)

    def files(self) -> list[Path]:
        """The files that are read, sorted by path; `SettingsError` when ``leave_out`` misses."""
        return self._read_of(self._candidates())

    def _candidates(self) -> list[Path]:
        check_folder(self.path, "set data.path to the folder that holds one folder a label")
        return [path for path in sorted(self.path.rglob("*")) if self._is_a_file(path)]

    def _read_of(self, files: list[Path]) -> list[Path]:
        kept = self._without_left_out([path for path in files if _known(path)])
        if not kept:
            raise MissingInputError(
                f"data.path: {self.path}: no recordings in its folders; need one folder a label, "
                f"with files of {', '.join(SUFFIXES)}"
            )
        return kept

    def _without_left_out(self, known: list[Path]) -> list[Path]:
        """A name that is not there would leave in what it was meant for."""
        names = {path.relative_to(self.path).as_posix(): path for path in known}
        for name in self.leave_out:
            if name not in names:
                raise SettingsError(
                    f"data.leave_out: no recording {name!r} in {self.path}"
                    f"{suggestion(name, names)}; give its path below that folder, or take the "
                    "name out"
                )
        return [path for name, path in names.items() if name not in self.leave_out]

    def _is_a_file(self, path: Path) -> bool:
        """Hidden files, and those that lie beside the label folders, are no recordings."""
        below = path.relative_to(self.path)
        hidden = any(part.startswith(".") for part in below.parts)
        return path.is_file() and len(below.parts) > 1 and not hidden

    def _recording(self, path: Path) -> Recording:
        below = path.relative_to(self.path)
        found = look(path, Wanted(rate=self.rate, channel=self.channel, variable=self.variable))
        return Recording(
            name=below.as_posix(),
            label=below.parts[0],
            group=group_from(self.group_pattern, below.as_posix()),
            rate=found.rate,
            frames=found.frames,
            channels=found.channels,
            read=found.read,
            origin=below.as_posix(),
            relative=found.relative,
            unit=found.unit,
            notes=found.notes,
        )


def _known(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES
