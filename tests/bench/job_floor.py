"""What nobody gets below with onnxruntime: a graph that gives its input back."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tests.bench.one_process import report

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
options.enable_cpu_mem_arena = False
options.add_session_config_entry("session.intra_op.allow_spinning", "0")
session = onnxruntime.InferenceSession(
    Path(sys.argv[1]).read_bytes(), options, providers=["CPUExecutionProvider"]
)
shape = [1, *session.get_inputs()[0].shape[1:]]
samples = np.random.default_rng(0).normal(0.0, 0.1, shape).astype(np.float32)
report(lambda: session.run(["scores"], {"samples": samples}))
