"""Recurrences as ONNX has them by itself, written by us and not by the exporter.

Its own way takes a recurrence apart where the number of steps is dynamic, and makes initial states
of a shape that it reads off the samples. Behind the features nothing may look back at the samples:
the part is calibrated alone, for int8. ONNX without initial states starts from zeros.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

# ONNX's name, and where its gates stand in torch: input, output, forget, cell; update, reset, new.
GATES = {nn.LSTM: ("LSTM", (0, 3, 1, 2)), nn.GRU: ("GRU", (1, 0, 2))}


def with_onnx_recurrences(module: nn.Module) -> nn.Module:
    """Give a copy whose recurrences are single operators of ONNX; itself if there is none.

    The copy is for the exporter alone: what is not traced gives no sense.
    """
    if not any(type(part) in GATES for part in module.modules()):
        return module
    return _replaced(copy.deepcopy(module))


def _replaced(module: nn.Module) -> nn.Module:
    if isinstance(module, nn.LSTM | nn.GRU):
        layers = (_Layer(module, number) for number in range(module.num_layers))
        return _Recurrence(list(layers))
    for name, part in module.named_children():
        setattr(module, name, _replaced(part))
    return module


class _Recurrence(nn.Module):
    """(batch, steps, values) -> (batch, steps, directions * hidden), and no states."""

    def __init__(self, layers: list[_Layer]) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, steps: Tensor) -> tuple[Tensor, None]:
        given: Tensor = self.layers(steps)
        return given, None


class _Layer(nn.Module):
    """One layer of a recurrence, batch first, as an operator that the exporter passes on."""

    weights: Tensor
    recurrent: Tensor
    bias: Tensor
    flat: Tensor

    def __init__(self, cells: nn.LSTM | nn.GRU, layer: int) -> None:
        super().__init__()
        self._operator, order = GATES[type(cells)]
        self._hidden, self._both = cells.hidden_size, cells.bidirectional
        ends = [f"l{layer}", f"l{layer}_reverse"][: 2 if self._both else 1]

        def stacked(name: str) -> Tensor:
            """(directions, gates * hidden, ...) in the order of ONNX."""
            found = [getattr(cells, f"{name}_{end}").detach().chunk(len(order)) for end in ends]
            return torch.stack([torch.cat([gates[place] for place in order]) for gates in found])

        self.register_buffer("weights", stacked("weight_ih"))
        self.register_buffer("recurrent", stacked("weight_hh"))
        self.register_buffer("bias", torch.cat([stacked("bias_ih"), stacked("bias_hh")], dim=1))
        self.register_buffer("flat", torch.tensor([0, 0, -1]))  # 0 is the size that stands there

    def forward(self, steps: Tensor) -> Tensor:
        batch, length, _ = steps.shape
        direction = "bidirectional" if self._both else "forward"
        as_torch = {"linear_before_reset": 1} if self._operator == "GRU" else {}
        given = torch.onnx.ops.symbolic(
            self._operator,
            (steps.transpose(0, 1), self.weights, self.recurrent, self.bias),
            {"hidden_size": self._hidden, "direction": direction, **as_torch},
            dtype=steps.dtype,
            shape=(length, len(self.weights), batch, self._hidden),
        )
        # torch's flatten would make its shape of the samples' where two sizes are dynamic.
        return torch.onnx.ops.symbolic(
            "Reshape",
            (given.permute(2, 0, 1, 3), self.flat),
            dtype=steps.dtype,
            shape=(batch, length, len(self.weights) * self._hidden),
        )
