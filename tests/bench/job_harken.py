"""The job as harken does it: a stream, with its checks of every window."""

from __future__ import annotations

import itertools
import sys

from tests.bench.one_process import report

from harken.model import Model
from harken.probe import probe_inputs

model = Model(sys.argv[1])
wanted = model.contract.input
stream = model.stream()
windows = itertools.cycle(probe_inputs(8, wanted.channels, wanted.window, wanted.scale))
report(lambda: stream.push(next(windows)))
