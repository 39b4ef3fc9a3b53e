"""Bearings of the Case Western Reserve University Bearing Data Center, in their original files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harken.errors import DataError, MissingInputError
from harken.stream import Samples
from harken_train import cwru_numbering, mat_file
from harken_train.csv_table import read_table
from harken_train.cwru_numbering import Facts
from harken_train.mat_file import Variable
from harken_train.readers import readers
from harken_train.recordings import Attribute, Recording
from harken_train.survey import Found, all_of, check_folder, survey_of

LIST = "files.csv"
_FETCH = "'harken-train data fetch cwru' downloads it"


@readers.register("cwru")
@dataclass(frozen=True, kw_only=True)
class Cwru:
    """A folder of the original .mat files, numbered (105.mat) or named (..._118.mat).

    What a file is, its number says, or a ``files.csv`` beside it (file, label, size_mil, load,
    rate, position). ``position`` is where the sensor was: drive end, fan end or base. ``labels``,
    ``sizes`` (0.001 inch), ``loads`` (hp), ``rates`` (hertz) and ``clocks`` (of outer races) keep
    some of the recordings; empty keeps all. What has no size or clock is kept, and so is the
    normal bearing whatever its rate. The group is the bearing: one stands behind each fault and
    size, whatever the load.
    """

    path: Path = Path("data/cwru")
    position: Literal["DE", "FE", "BA"] = "DE"
    labels: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    loads: tuple[int, ...] = ()
    rates: tuple[int, ...] = ()
    clocks: tuple[int, ...] = ()

    def recordings(self) -> list[Recording]:
        """All that are kept, sorted by number; the first that cannot be read is an error."""
        return all_of(self.survey())

    def survey(self) -> list[Found]:
        """The recordings that are kept, or the error in place of one."""
        check_folder(self.path, _FETCH)
        listed = self._listed()
        present = {path.name for path in self.path.iterdir() if path.suffix.lower() == ".mat"}
        names = sorted(present | listed.keys(), key=lambda name: (self._number(name), name))
        if not names:
            raise MissingInputError(f"data.path: {self.path}: holds no .mat files; {_FETCH}")
        facts = {name: listed.get(name) or _numbered(name) for name in names}
        kept = [name for name, known in facts.items() if known is None or self._keeps(known)]
        return survey_of(kept, lambda name: self._recording(name, facts[name]))

    @staticmethod
    def _number(name: str) -> int:
        return cwru_numbering.number_of(name) or 0

    def _listed(self) -> dict[str, Facts]:
        """Give what files.csv says, when there is one."""
        path = self.path / LIST
        if not path.exists():
            return {}
        table = read_table(path, need=("file", "label", "load", "rate"))
        return {
            row["file"]: Facts(
                label=row["label"],
                load=row.whole("load"),
                rate=row.whole("rate"),
                size_mil=row.whole("size_mil") if row.get("size_mil") else None,
                clock=row.whole("position") if row.get("position") else None,
            )
            for row in table
        }

    def _keeps(self, facts: Facts) -> bool:
        normal = facts.size_mil is None
        return (
            (not self.labels or facts.label in self.labels)
            and (not self.sizes or normal or facts.size_mil in self.sizes)
            and (not self.loads or facts.load in self.loads)
            and (not self.rates or normal or facts.rate in self.rates)
            and (not self.clocks or facts.clock is None or facts.clock in self.clocks)
        )

    def _recording(self, name: str, facts: Facts | None) -> Recording:
        path = self.path / name
        if facts is None:
            raise DataError(
                f"{path}: not a CWRU file by its number; keep the original name (105.mat), or "
                f"say in {LIST} what it is: file, label, size_mil, load, rate"
            )
        variables = mat_file.variables(path)
        variable = self._variable(path, variables)
        attributes: dict[str, Attribute] = {"load": facts.load}
        if facts.size_mil is not None:
            attributes["size_mil"] = facts.size_mil
        if facts.clock is not None:
            attributes["clock"] = facts.clock
        speed = next((one for one in variables if one.upper().endswith("RPM")), None)
        if speed is not None:
            attributes["rpm"] = int(mat_file.value(path, speed).flat[0])

        def read() -> Samples:
            return mat_file.samples(path, variable)

        return Recording(
            name=name,
            label=facts.label,
            group=facts.label if facts.size_mil is None else f"{facts.label} {facts.size_mil} mil",
            rate=facts.rate,
            frames=mat_file.as_signal(path, variable, variables[variable].shape)[1],
            read=read,
            attributes=attributes,
            origin=name,
        )

    def _variable(self, path: Path, variables: Mapping[str, Variable]) -> str:
        """Choose by the end of the name; of several (99.mat holds two) the file's own number."""
        fitting = [name for name in variables if name.endswith(f"_{self.position}_time")]
        own = f"X{self._number(path.name):03d}_{self.position}_time"
        if len(fitting) > 1 and own in fitting:
            return own
        if not fitting:
            raise DataError(
                f"{path}: no variable ends in _{self.position}_time; there are: "
                f"{', '.join(variables)}; set data.position to one of them, or leave its size out"
            )
        return mat_file.choose(path, {name: variables[name] for name in fitting}, "")


def _numbered(name: str) -> Facts | None:
    return cwru_numbering.FACTS.get(cwru_numbering.number_of(name) or 0)
