from __future__ import annotations

from pathlib import Path

import pytest

from harken.daemon.settings import read_settings, sink_table, source_table
from harken.errors import HarkenError, MissingInputError, SettingsError
from harken.sinks.lines import Lines
from harken.sources.file import File
from harken.sources.stdin import Stdin
from harken.sources.tcp import Tcp

SAMPLE = """
model = "bearing.onnx"
device = "pump-3"
sinks = ["-", { kind = "unix", path = "/run/app.sock", decisions = false }]

[source]
kind = "tcp"
address = "127.0.0.1:7701"
dtype = "f32le"
"""


def test_a_model_and_a_source_are_enough() -> None:
    settings = read_settings(None, {"model": "a.onnx", "source": "-"})
    assert settings.source == Stdin()
    assert settings.sinks == (Lines(),)


@pytest.mark.parametrize(
    ("word", "table"),
    [
        ("-", {"kind": "stdin"}),
        ("clip.wav", {"kind": "file", "path": "clip.wav"}),
        ("what?.wav", {"kind": "file", "path": "what?.wav"}),
        ("./a:b.wav", {"kind": "file", "path": "./a:b.wav"}),
        ("12:30.wav", {"kind": "file", "path": "12:30.wav"}),
        ("file:a:b.wav", {"kind": "file", "path": "a:b.wav"}),
        ("file:clip.wav?realtime=true", {"kind": "file", "path": "clip.wav", "realtime": True}),
        ("tcp:127.0.0.1:7700", {"kind": "tcp", "address": "127.0.0.1:7700"}),
        ("tcp:?dtype=wav", {"kind": "tcp", "dtype": "wav"}),
        ("unix:/run/x.sock", {"kind": "unix", "path": "/run/x.sock"}),
        ("stdin:?dtype=f32le&live=true", {"kind": "stdin", "dtype": "f32le", "live": True}),
    ],
)
def test_a_word_stands_for_a_source(word: str, table: dict[str, object]) -> None:
    assert source_table(word) == table


def test_a_word_stands_for_a_sink() -> None:
    assert sink_table("-") == {"kind": "lines"}
    assert sink_table("alarms.jsonl") == {"kind": "lines", "path": "alarms.jsonl"}
    assert sink_table("unix:/run/x?decisions=false") == {
        "kind": "unix",
        "path": "/run/x",
        "decisions": False,
    }


def test_the_file_holds_everything_and_the_command_line_wins(tmp_path: Path) -> None:
    path = tmp_path / "harkend.toml"
    path.write_text(SAMPLE)
    settings = read_settings(path, {"device": "pump-4"}, ["source.dtype=s16le", "ring=5.0"])
    assert settings.device == "pump-4"
    assert settings.ring == 5.0
    assert settings.source == Tcp(address="127.0.0.1:7701", dtype="s16le")
    assert [sink.name for sink in settings.sinks] == ["lines:-", "unix:/run/app.sock"]


@pytest.mark.parametrize(
    ("words", "override", "error", "text"),
    [
        ({}, "ring=0.0", SettingsError, "ring: need 0.01 to 600 seconds"),
        ({}, "rign=1.0", SettingsError, "rign: unknown key, did you mean 'ring'"),
        ({}, "device=a:b", SettingsError, "without a colon"),
        ({}, "queue=0", SettingsError, "queue: need 1 to"),
        ({"source": "stdin:x"}, "ring=1.0", SettingsError, "takes nothing after its colon"),
        ({"source": "tcp:localhost:1"}, "ring=1.0", SettingsError, "need HOST:PORT in numbers"),
        ({"source": "tcp:0.0.0.0:7700"}, "ring=1.0", SettingsError, "say which may send"),
        ({"source": "tcp:?dtype=s17"}, "ring=1.0", SettingsError, "no encoding 's17'"),
        ({"source": "-"}, "source.realtime=true", SettingsError, "source.realtime: unknown key"),
        (
            {"sinks": ["unx:/tmp/x"]},
            "ring=1.0",
            SettingsError,
            "no sink 'unx', did you mean 'unix'",
        ),
        ({"sinks": ["foo:bar"]}, "ring=1.0", SettingsError, "a file of that name is ./foo:bar"),
        ({"source": "stdni:"}, "ring=1.0", SettingsError, "no source 'stdni', did you mean 'std"),
        ({"sinks": ["-", "-"]}, "ring=1.0", SettingsError, "need at least one, each once"),
        ({"sinks": []}, "ring=1.0", SettingsError, "need at least one, each once"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(
    words: dict[str, object], override: str, error: type[HarkenError], text: str
) -> None:
    with pytest.raises(error, match=text):
        read_settings(None, {"model": "a.onnx", "source": "-", **words}, [override])


def test_a_network_that_may_send_opens_the_source_to_other_machines() -> None:
    words = {"model": "a.onnx", "source": "tcp:0.0.0.0:7700"}
    settings = read_settings(None, words, ['source.allow=["192.168.7.0/24"]'])
    assert settings.source == Tcp(address="0.0.0.0:7700", allow=("192.168.7.0/24",))


def test_a_missing_config_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="there is no such file"):
        read_settings(tmp_path / "none.toml", {})


def test_a_file_source_is_never_live() -> None:
    assert not File(path=Path("a.wav")).live
    assert Tcp().live
