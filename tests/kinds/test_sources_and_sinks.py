"""What every source and sink must be; a new kind is found by its file."""

from __future__ import annotations

import pytest

from harken.daemon.settings import sink_table, source_table
from harken.settings import load
from harken.sinks import sinks
from harken.sources import sources

RESTS = {"address": "127.0.0.1:7700", "path": "/run/harken/a"}  # what stands after the colon


@pytest.mark.parametrize("kind", sources.kinds())
def test_a_source_is_made_from_its_word_alone(kind: str) -> None:
    word = sources.get(kind).WORD
    table = source_table(f"{kind}:{RESTS[word]}" if word else f"{kind}:")
    assert table.pop("kind") == kind
    settings = load(sources.get(kind), table)
    assert isinstance(settings.live, bool)
    assert sources.kind_of(settings) == kind


@pytest.mark.parametrize("kind", sinks.kinds())
def test_a_sink_is_made_from_its_word_and_names_itself_the_same_way_each_time(kind: str) -> None:
    table = sink_table(f"{kind}:{RESTS[sinks.get(kind).WORD]}")
    assert table.pop("kind") == kind
    first, second = (load(sinks.get(kind), table) for _ in range(2))
    assert first.name == second.name
    assert first.name.startswith(f"{kind}:")
    assert first.decisions


@pytest.mark.parametrize("kind", [*sources.kinds(), *sinks.kinds()])
def test_every_kind_says_what_it_is(kind: str) -> None:
    for registry in (sources, sinks):
        if kind in registry.kinds():
            said, name = registry.get(kind).__doc__ or "", registry.get(kind).__name__
            assert said.strip()
            assert not said.startswith(f"{name}("), "that is what @dataclass says in its place"
