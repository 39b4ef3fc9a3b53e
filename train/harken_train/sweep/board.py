"""The trials of a study, shared by any number of processes: each is done once, none is lost.

A sweep has a fixed number of *slots*. Whoever opens it lays out a waiting trial for each slot that
has none; of two that did so at once, the trial with the lowest number counts. A trial that failed
(its process was killed, or stopped) leaves its slot free, and the next that opens the sweep lays
out another with the same settings. Nothing of it needs more than what any storage of Optuna keeps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from harken.errors import CreateError
from harken_train.sweep.settings import HIGHEST, Search, Sweep
from harken_train.sweep.space import points

SLOT, WORKER, CANDIDATE, FACTS, REASON = "slot", "worker", "candidate ", "facts", "reason"
_SEEDS_APART = 1_000_003  # between the sampler's seeds of two sweeps, so that slots do not meet


class Board:
    """One study. ``base`` is the table of the recipe that its trials start from."""

    def __init__(self, storage: Any, name: str, sweep: Sweep, base: Mapping[str, Any]) -> None:
        self._storage, self._sweep = storage, sweep
        search = sweep.search
        self.study = optuna.create_study(
            storage=storage,
            study_name=name,
            directions=[direction(objective) for objective in search.objectives],
            load_if_exists=True,
            pruner=_pruner(search),
        )
        self._points = points(sweep.parameters) if search.sampler == "grid" else None
        self._refuse_another(name, base)

    @property
    def slots(self) -> int:
        """How many trials there are to be."""
        return len(self._points) if self._points is not None else self._sweep.search.trials

    def trials(self) -> dict[int, Any]:
        """The trial that counts of every slot."""
        found: dict[int, Any] = {}
        for trial in self._all():
            if trial.state != TrialState.FAIL and SLOT in trial.user_attrs:
                found.setdefault(trial.user_attrs[SLOT], trial)
        return found

    def free_the_dead(self, dead: Callable[[str], bool]) -> int:
        """Fail trials whose worker is dead; their slots are free. Gives how many they were."""
        freed = 0
        for trial in self._all():
            if trial.state == TrialState.RUNNING and all(map(dead, _workers(trial))):
                freed += self._fail(trial)
        return freed

    def lay_out(self) -> None:
        """Make a waiting trial for every slot that has none, with the settings it had before."""
        taken = self.trials()
        tried: dict[int, dict[str, Any]] = {}
        for trial in self._all():
            if trial.state == TrialState.FAIL and SLOT in trial.user_attrs and trial.params:
                tried[trial.user_attrs[SLOT]] = trial.params
        for slot in range(self.slots):
            if slot not in taken:
                fixed = self._points[slot] if self._points else tried.get(slot, {})
                self.study.enqueue_trial(fixed, user_attrs={SLOT: slot})

    def claim(self, worker: str) -> Any | None:
        """Take a waiting trial for ``worker``; ``None`` when none is left."""
        for slot, trial in sorted(self.trials().items()):
            if trial.state != TrialState.WAITING or slot >= self.slots:
                continue
            number = trial._trial_id  # noqa: SLF001  # Optuna's own queue makes a new one when it is empty
            try:
                # Said before it is taken: a process that dies in between has left its name.
                self._storage.set_trial_user_attr(number, CANDIDATE + worker, value=True)
                if not self._storage.set_trial_state_values(number, state=TrialState.RUNNING):
                    continue
            except UpdateFinishedTrialError:
                continue
            self._storage.set_trial_user_attr(number, WORKER, worker)
            self.study.sampler = self._sampler(slot)
            return optuna.Trial(self.study, number)
        return None

    def choose(self, trial: Any) -> dict[str, Any]:
        """Let the sampler choose every parameter whose condition holds."""
        chosen: dict[str, Any] = {}
        for parameter in self._sweep.parameters:
            if not parameter.holds(chosen):
                continue
            name, low, high = parameter.name, parameter.low, parameter.high
            if parameter.choices:
                chosen[name] = trial.suggest_categorical(name, list(parameter.labels))
            elif isinstance(low, int) and isinstance(high, int):
                chosen[name] = trial.suggest_int(name, low, high, log=parameter.log)
            else:
                chosen[name] = trial.suggest_float(name, low, high, log=parameter.log)
        return chosen

    def done(self, trial: Any, values: Sequence[float], facts: Mapping[str, Any]) -> None:
        """Keep what a trial reached."""
        trial.set_user_attr(FACTS, dict(facts))
        self.study.tell(trial, list(values))

    def ended_early(self, trial: Any, reason: str) -> None:
        """Keep that a trial has no value, and why; it is not done again."""
        trial.set_user_attr(REASON, reason)
        self.study.tell(trial, state=TrialState.PRUNED)

    def given_up(self, trial: Any) -> None:
        """Leave a trial's slot to whoever comes next."""
        self.study.tell(trial, state=TrialState.FAIL)

    def _all(self) -> list[Any]:
        trials: list[Any] = self.study.get_trials(deepcopy=False)
        return trials

    def _fail(self, trial: Any) -> bool:
        """Whether this process was the one that failed it."""
        try:
            self.study.tell(trial.number, state=TrialState.FAIL)
        except (UpdateFinishedTrialError, ValueError):  # another process was quicker
            return False
        return True

    def _sampler(self, slot: int) -> Any:
        """A sampler whose draws depend on seed and slot, and on no process's past."""
        search = self._sweep.search
        seed = (search.seed * _SEEDS_APART + slot) % 2**32
        if search.sampler == "tpe":
            return optuna.samplers.TPESampler(seed=seed, constant_liar=True)
        return optuna.samplers.RandomSampler(seed=seed)

    def _refuse_another(self, name: str, base: Mapping[str, Any]) -> None:
        """Two sweeps of one name must be the same, but for the number of trials."""
        mine = digest_of(self._sweep, base)
        kept = self.study.user_attrs.get("digest")
        if kept is None:
            self.study.set_user_attr("digest", mine)
        elif kept != mine:
            raise CreateError(
                f"{name}: was started with another recipe or another search; give another --name, "
                "or the same to go on with it"
            )


def direction(objective: str) -> str:
    """What Optuna calls better."""
    return "maximize" if objective in HIGHEST else "minimize"


def digest_of(sweep: Sweep, base: Mapping[str, Any]) -> str:
    """sha256 over all that decides what a trial is."""
    same = replace(sweep, description="", search=replace(sweep.search, trials=1))
    text = json.dumps([asdict(same), base], sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()


def _workers(trial: Any) -> list[str]:
    """Who runs it; all who meant to, when nobody has said yet that it was he."""
    if WORKER in trial.user_attrs:
        return [trial.user_attrs[WORKER]]
    return [key.removeprefix(CANDIDATE) for key in trial.user_attrs if key.startswith(CANDIDATE)]


def _pruner(search: Search) -> Any:
    if search.pruner == "none" or len(search.objectives) > 1:
        return optuna.pruners.NopPruner()
    return optuna.pruners.MedianPruner(
        n_startup_trials=search.warm_up_trials, n_warmup_steps=search.warm_up_epochs
    )
