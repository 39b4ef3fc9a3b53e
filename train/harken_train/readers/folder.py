"""The user's own recordings: one folder a label."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harken.errors import MissingInputError
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
    files; sound files tell their rate themselves.
    """

    path: Path
    rate: int | None = None
    channel: int | None = None
    variable: str = ""
    group_pattern: str = ""

    def __post_init__(self) -> None:
        group_pattern(self.group_pattern)

    def recordings(self) -> list[Recording]:
        """All of them, sorted by path; the first that cannot be read is an error."""
        return all_of(self.survey())

    def survey(self) -> list[Found]:
        """All of them, or the error in place of one; files of other kinds are told in the log."""
        check_folder(self.path, "set data.path to the folder that holds one folder a label")
        files = [path for path in sorted(self.path.rglob("*")) if self._is_a_file(path)]
        known = [path for path in files if path.suffix.lower() in SUFFIXES]
        others = Counter(path.suffix or path.name for path in files if path not in set(known))
        for suffix, count in sorted(others.items()):
            _log.warning("left out files=%d of kind=%s folder=%s", count, suffix, self.path)
        if not known:
            raise MissingInputError(
                f"data.path: {self.path}: no recordings in its folders; need one folder a label, "
                f"with files of {', '.join(SUFFIXES)}"
            )
        return survey_of(known, self._recording)

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
            notes=found.notes,
        )
