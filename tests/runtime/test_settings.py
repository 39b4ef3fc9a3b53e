from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harken.errors import MissingInputError, SettingsError
from harken.settings import dump, load, read_toml, with_overrides


@dataclass(frozen=True, kw_only=True)
class Inner:
    size: int = 3
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0:
            raise SettingsError(f"size: need 0 or more, got {self.size}")


@dataclass(frozen=True, kw_only=True)
class Outer:
    rate: float
    mode: Literal["fast", "exact"] = "fast"
    inner: Inner = field(default_factory=Inner)
    folder: Path = Path("runs")
    pair: tuple[int, float] = (1, 2.0)
    many: tuple[Inner, ...] = ()
    either: int | str | None = None
    switch: bool = False
    free: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)


def test_a_table_becomes_settings_and_defaults_stand_in_the_class() -> None:
    got = load(Outer, {"rate": 5, "inner": {"names": ["a", "b"]}, "folder": "x/y"})
    assert got == Outer(rate=5.0, inner=Inner(size=3, names=("a", "b")), folder=Path("x/y"))
    assert type(got.rate) is float


@given(
    st.builds(
        Outer,
        rate=st.floats(allow_nan=False),
        mode=st.sampled_from(["fast", "exact"]),
        inner=st.builds(
            Inner, size=st.integers(0, 9), names=st.lists(st.text(max_size=3)).map(tuple)
        ),
        pair=st.tuples(st.integers(), st.floats(allow_nan=False)),
        many=st.lists(st.builds(Inner), max_size=2).map(tuple),
        either=st.one_of(st.none(), st.integers(), st.text(max_size=3)),
        switch=st.booleans(),
        numbers=st.dictionaries(st.text(max_size=2), st.floats(allow_nan=False), max_size=2),
    )
)
def test_what_is_dumped_is_loaded_as_it_was(settings: Outer) -> None:
    assert load(Outer, dump(settings)) == settings


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({}, "top.rate: missing"),
        ({"rate": "fast"}, "top.rate: need a number, got 'fast'"),
        ({"rate": True}, "top.rate: need a number, got True"),
        ({"rate": 10**400}, "top.rate: need a number"),
        ({"rate": 1, "mod": "fast"}, "top.mod: unknown key, did you mean 'mode'?; known: rate,"),
        ({"rate": 1, "mode": "exat"}, "need one of 'fast', 'exact', got 'exat', did you mean"),
        ({"rate": 1, "inner": 5}, "top.inner: need a table, got 5"),
        ({"rate": 1, "inner": {"size": -1}}, "top.inner: size: need 0 or more, got -1"),
        ({"rate": 1, "inner": {"size": 1.0}}, "top.inner.size: need a whole number, got 1.0"),
        ({"rate": 1, "inner": {"names": "ab"}}, "top.inner.names: need a list, got 'ab'"),
        ({"rate": 1, "inner": {"names": [1]}}, "top.inner.names[0]: need a string, got 1"),
        ({"rate": 1, "pair": [1]}, "top.pair: need 2 values, got 1"),
        ({"rate": 1, "many": [{}, {"size": -2}]}, "top.many[1]: size: need 0 or more"),
        ({"rate": 1, "either": 1.5}, "top.either: need a string, got 1.5"),
        ({"rate": 1, "switch": 1}, "top.switch: need true or false, got 1"),
        ({"rate": 1, "folder": 1}, "top.folder: need Path, got 1"),
        ({"rate": 1, "numbers": []}, "top.numbers: need a table, got []"),
        ({"rate": 1, "numbers": {"a": "x"}}, "top.numbers.a: need a number, got 'x'"),
        ([], "top: need a table, got []"),
    ],
)
def test_a_wrong_table_says_where_and_what(table: Any, told: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(Outer, table, "top")
    assert told in str(refusal.value)


def test_overrides_go_to_their_place_and_leave_the_table_alone() -> None:
    table = {"a": {"b": 1}, "day": dt.date(2026, 1, 2)}
    got = with_overrides(table, ["a.b=2", "a.c.d = [1, 2]", "word=plain text", "quoted='x'"])
    assert got == {
        "a": {"b": 2, "c": {"d": [1, 2]}},
        "day": dt.date(2026, 1, 2),
        "word": "plain text",
        "quoted": "x",
    }
    assert table == {"a": {"b": 1}, "day": dt.date(2026, 1, 2)}


@pytest.mark.parametrize("override", ["a.b", "=3", ".a=3", "a..b=3"])
def test_an_override_that_is_none_is_refused(override: str) -> None:
    with pytest.raises(SettingsError, match=r"an override reads section\.key=value"):
        with_overrides({}, [override])


def test_an_override_below_a_value_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"a\.b\.c: 'b' is a value, not a table"):
        with_overrides({"a": {"b": 1}}, ["a.b.c=3"])


def test_toml_is_read_and_what_is_none_is_refused(tmp_path: Path) -> None:
    good, bad, latin = tmp_path / "a.toml", tmp_path / "b.toml", tmp_path / "c.toml"
    good.write_text("[a]\nb = 1\n")
    bad.write_text("a = = 1\n")
    latin.write_bytes(b'a = "\xe4"\n')
    assert read_toml(good) == {"a": {"b": 1}}
    for path in (bad, latin):
        with pytest.raises(SettingsError, match="not TOML"):
            read_toml(path)
    with pytest.raises(MissingInputError, match="there is no such file"):
        read_toml(tmp_path / "absent.toml")
    with pytest.raises(MissingInputError, match="cannot be read"):
        read_toml(tmp_path)
