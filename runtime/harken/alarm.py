"""From decisions to alarms: votes, hysteresis, hold. Pure: time is counted in samples.

The *alarming score* of a window is 1 minus the scores of the normal classes; a model that names
no normal class alarms on the score of its label. The window votes *on* from ``on`` upwards, *off*
below ``off``, and abstains between them.

- An alarm is raised when ``votes`` of the last ``of`` windows vote on. Its label is the fault
  class with the largest sum of scores over them.
- It is cleared when ``votes`` of the last ``of`` windows vote off, fewer than that vote on, and
  nothing voted on and nothing was invalid for ``hold`` seconds.
- Every change of state starts the count anew: the next one needs fresh votes.
- One alarm a stream stands at a time. Fault classes that take turns neither raise a second one
  nor clear the first. Only when ``of`` windows have passed without a vote for its label, and
  another one has ``votes`` of them, is it cleared (``relabelled``) and the other raised.
- Only windows vote: a decision on a whole recording (`record`) says what its windows have said.
- An invalid window is never normal. After ``gap``, ``nan``, ``inf`` or ``no_answer`` the votes are
  forgotten; a ``flat`` or ``clipped`` window takes a place among the last ``of`` and abstains, so
  a fault so violent that it clips now and then is still heard. Neither clears an alarm.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from harken.alarm_settings import AlarmSettings as AlarmSettings
from harken.decision import Decision
from harken.errors import SettingsError

ABSTAINING = frozenset({"flat", "clipped"})  # reasons after which the votes before still hold


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A change of state, told at sample ``last`` (not included) of sensor ``stream``.

    Raised: ``first`` is where the first window that voted for it starts, ``reason`` is ``votes``.
    Cleared: ``first`` is that of the raised one, ``reason`` is ``quiet``, ``relabelled`` or
    ``reloaded`` (another model took over: `AlarmLogic.end`).
    ``score`` is the largest alarming score of the valid windows from ``first`` to ``last``.
    """

    state: Literal["raised", "cleared"]
    label: str
    first: int
    last: int
    score: float
    reason: Literal["votes", "quiet", "relabelled", "reloaded"]
    stream: int = 0


@dataclass(frozen=True)
class _Vote:
    """What one window said: ``label`` of its strongest fault when it votes on."""

    decision: Decision
    alarming: float
    word: Literal["on", "off", "abstains"]
    label: str | None = None


@dataclass
class _State:
    """What is known of one stream."""

    votes: deque[_Vote]
    standing: Alarm | None = None
    highest: float = 0.0  # alarming score since the standing alarm began
    quiet_since: int = 0  # end of the last window that voted on or was invalid
    said: Counter[str] = field(default_factory=Counter)  # words among ``votes``

    def add(self, vote: _Vote) -> None:
        if len(self.votes) == self.votes.maxlen:
            self.said[self.votes[0].word] -= 1
        self.votes.append(vote)
        self.said[vote.word] += 1

    def forget(self) -> None:
        self.votes.clear()
        self.said.clear()


class AlarmLogic:
    """Decisions in, changes of state out; one memory for each stream that the decisions name.

    ``classes`` are those of the contract, in their order; with all of them ``normal`` there is
    nothing to alarm on and nothing comes out. ``rate`` in hertz turns ``hold`` into samples.
    """

    def __init__(
        self,
        settings: AlarmSettings,
        *,
        classes: Sequence[str],
        normal: Sequence[str] = (),
        rate: int,
    ) -> None:
        if not set(normal) <= set(classes):
            raise SettingsError("normal: names a class that is not in classes")
        self._settings, self._classes = settings, tuple(classes)
        self._normal = [i for i, name in enumerate(classes) if name in normal]
        self._faults = [i for i, name in enumerate(classes) if name not in normal]
        self._hold = round(settings.hold * rate)
        self._states: dict[int, _State] = {}

    def push(self, decision: Decision) -> list[Alarm]:
        """Take the next decision of its stream; give the changes that follow from it, in order."""
        if not self._faults or decision.record:
            return []
        state = self._states.setdefault(decision.stream, _State(deque(maxlen=self._settings.of)))
        if not decision.valid and decision.reason not in ABSTAINING:
            state.forget()
            state.quiet_since = decision.last
            return []
        vote = self._vote(decision)
        state.add(vote)
        state.highest = max(state.highest, vote.alarming)
        if vote.word == "on" or not decision.valid:
            state.quiet_since = decision.last
        if state.standing is None:
            return self._raise(state) if state.said["on"] >= self._settings.votes else []
        return self._clear_or_relabel(state, state.standing)

    def standing(self) -> list[Alarm]:
        """Alarms that are raised now, by stream."""
        states = (self._states[stream] for stream in sorted(self._states))
        return [state.standing for state in states if state.standing is not None]

    def end(self, last: int) -> list[Alarm]:
        """Clear what stands, at sample ``last``, for another model takes over; forget all votes."""
        cleared = [
            self._cleared(self._states[standing.stream], standing, last, "reloaded")
            for standing in self.standing()
        ]
        self._states.clear()
        return cleared

    def _vote(self, decision: Decision) -> _Vote:
        if not decision.valid:
            return _Vote(decision, 0.0, "abstains")
        scores = decision.scores
        strongest = max(self._faults, key=lambda i: scores[i])
        normal = sum(scores[i] for i in self._normal)
        alarming = min(1.0, max(0.0, 1.0 - normal)) if self._normal else scores[strongest]
        if alarming >= self._settings.on:
            return _Vote(decision, alarming, "on", self._classes[strongest])
        return _Vote(decision, alarming, "off" if alarming < self._settings.off else "abstains")

    def _raise(self, state: _State, label: str | None = None) -> list[Alarm]:
        """Raise an alarm from the votes on (those for ``label``, when it is given)."""
        voted = [v for v in state.votes if v.word == "on" and label in (None, v.label)]
        sums = {
            self._classes[i]: sum(vote.decision.scores[i] for vote in voted) for i in self._faults
        }
        first = voted[0].decision.first
        state.highest = max(v.alarming for v in state.votes if v.decision.first >= first)
        state.standing = Alarm(
            state="raised",
            label=label or max(sums, key=lambda name: sums[name]),
            first=first,
            last=state.votes[-1].decision.last,
            score=state.highest,
            reason="votes",
            stream=state.votes[-1].decision.stream,
        )
        state.forget()
        return [state.standing]

    def _clear_or_relabel(self, state: _State, standing: Alarm) -> list[Alarm]:
        needed, last = self._settings.votes, state.votes[-1].decision.last
        quiet = state.said["off"] >= needed and state.said["on"] < needed
        if quiet and last - state.quiet_since >= self._hold:
            cleared = self._cleared(state, standing, last, "quiet")
            state.standing = None
            state.forget()
            return [cleared]
        labels = Counter(vote.label for vote in state.votes if vote.label is not None)
        other = max(labels, key=lambda name: labels[name], default=None)
        if (
            other is None
            or standing.label in labels
            or labels[other] < needed
            or len(state.votes) < self._settings.of
        ):
            return []
        cleared = self._cleared(state, standing, last, "relabelled")
        return [cleared, *self._raise(state, other)]

    @staticmethod
    def _cleared(
        state: _State,
        standing: Alarm,
        last: int,
        reason: Literal["quiet", "relabelled", "reloaded"],
    ) -> Alarm:
        return Alarm(
            state="cleared",
            label=standing.label,
            first=standing.first,
            last=last,
            score=state.highest,
            reason=reason,
            stream=standing.stream,
        )
