"""Convolutional LSTM."""

from typing import Literal

import torch
from torch import Tensor, nn

Peepholes = Literal["none", "elementwise", "printed"]


class ConvLSTM(nn.Module):
    """LSTM whose input-to-state and state-to-state transitions are convolutions.

    Source: lee2018 section 2.2.2, equation 1.

    Parameters
    ----------
    kernel : int
        Odd; the maps keep their size.
    peepholes : {"none", "elementwise", "printed"}
        Connections from the cell to the gates: none; a weight for each channel and position, as in
        the ConvLSTM cited by the paper; or as printed in equation 1, convolutions for the input and
        forget gates and element-wise weights for the output gate.
    size : (height, width), optional
        Size of the maps, required by peepholes.

    Raises
    ------
    ValueError
        If the kernel is even, or the size required by peepholes is missing.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        kernel: int = 3,
        peepholes: Peepholes = "none",
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        if kernel % 2 == 0:
            raise ValueError(f"a kernel of {kernel} would change the maps' size")
        if peepholes != "none" and size is None:
            raise ValueError(f"peepholes {peepholes!r} need the size of the maps")
        self.channels, self.peepholes = channels, peepholes
        padding = kernel // 2
        self.from_input = nn.Conv2d(in_channels, 4 * channels, kernel, padding=padding)
        self.from_state = nn.Conv2d(channels, 4 * channels, kernel, padding=padding, bias=False)
        if peepholes == "printed":
            self.from_cell = nn.Conv2d(channels, 2 * channels, kernel, padding=padding, bias=False)
        elif peepholes == "elementwise" and size is not None:
            self.cell_weights = nn.Parameter(torch.zeros(2, channels, *size))
        if peepholes != "none" and size is not None:
            self.output_weights = nn.Parameter(torch.zeros(channels, *size))

    def _step(self, x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden state and cell after a time step; `x` is `from_input` of the step's maps."""
        inputs, forget, output, candidate = (x + self.from_state(hidden)).chunk(4, dim=1)
        if self.peepholes == "printed":
            seen = self.from_cell(cell).chunk(2, dim=1)
            inputs, forget = inputs + seen[0], forget + seen[1]
        elif self.peepholes == "elementwise":
            inputs = inputs + self.cell_weights[0] * cell
            forget = forget + self.cell_weights[1] * cell
        cell = forget.sigmoid() * cell + inputs.sigmoid() * candidate.tanh()
        if self.peepholes != "none":
            output = output + self.output_weights * cell
        return output.sigmoid() * cell.tanh(), cell

    def forward(self, maps: Tensor) -> Tensor:
        """States of every step, (batch, time, channels, height, width), from maps of that shape."""
        batch, time, _, height, width = maps.shape
        inputs = self.from_input(maps.flatten(0, 1)).unflatten(0, (batch, time))
        hidden = maps.new_zeros(batch, self.channels, height, width)
        cell = torch.zeros_like(hidden)
        states = []
        for x in inputs.unbind(1):  # one gradient for all steps; an index would fill one per step
            hidden, cell = self._step(x, hidden, cell)
            states.append(hidden)
        return torch.stack(states, dim=1)
