"""Peak memory of training and evaluating spectrogram sets of several sizes.

    python -m tests.bench.large_sets [--megabytes 64 256 1024]

Each in a process of its own, which may have 64 MB beyond what its libraries take, and beside it
without a limit: what is in memory that no file stands behind, above the start.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.train.larger_than_memory import write_large_set

HEADROOM = 64  # megabytes


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--megabytes", type=int, nargs="+", default=[64, 256, 1024])
    print(f"| set, MB | peak, MB | peak, MB, with {HEADROOM} MB to be had |")
    print("|---|---|---|")
    for megabytes in parser.parse_args().megabytes:
        with tempfile.TemporaryDirectory() as folder:
            spectrograms = Path(folder) / "set"
            write_large_set(spectrograms, megabytes)
            peaks = [_peak(spectrograms, headroom) for headroom in (0, HEADROOM)]
        print(f"| {megabytes} | {peaks[0]} | {peaks[1]} |", flush=True)


def _peak(spectrograms: Path, headroom: int) -> int:
    """Megabytes; no headroom is no limit."""
    child = [sys.executable, "-m", "tests.train.larger_than_memory"]
    done = subprocess.run(
        [*child, str(spectrograms), str(headroom), "train"],
        env={**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(spectrograms)},
        capture_output=True,
        text=True,
        check=True,
    )
    shutil.rmtree(spectrograms / "run")
    return int(done.stdout)


if __name__ == "__main__":
    main()
