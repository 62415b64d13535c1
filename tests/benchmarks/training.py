"""Layers against libraries, and training against the loop of a textbook, with equal losses."""

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from lib.models.attention import GraphAttention
from lib.models.context import STREAMS, ContextLoss, ContextNetwork, ContextOutput
from lib.models.conv_lstm import ConvLSTM
from lib.models.skeletal import SMACN
from lib.models.skeletal_baselines import SkeletalCNN, SkeletalLSTM
from lib.models.speech_text import ARE, MDRE
from lib.training.loop import Part, fit
from lib.training.settings import TrainingSettings
from tests.benchmarks.harness import Pair, close

EPOCHS, RATE = 2, 0.001


def _graph(size):
    import torch_geometric.nn as geometric

    torch.manual_seed(0)
    layer, nodes = GraphAttention(200, 200, heads=4), torch.randn(round(512 * size), 3, 200)
    other = geometric.GATConv(200, 200, heads=4, concat=False, negative_slope=0.2)
    with torch.no_grad():
        other.lin.weight.copy_(layer.weight.weight)
        other.att_dst.copy_(layer.receiver[None])
        other.att_src.copy_(layer.sender[None])
    pairs = torch.tensor([[j, i] for i in range(3) for j in range(3) if i != j]).T
    edges = torch.cat([pairs + 3 * number for number in range(len(nodes))], dim=1)
    flat = nodes.flatten(0, 1)
    return (
        lambda: _slopes(layer, layer(nodes)[0].flatten(0, 1), layer.weight.weight),
        lambda: _slopes(other, nn.functional.elu(other(flat, edges)), other.lin.weight),
    )


def _slopes(layer, output, weight):
    """Outputs and the gradient of a weight."""
    layer.zero_grad()
    (output**2).sum().backward()
    return output.detach(), weight.grad.clone()


def _recurrent(size):
    torch.manual_seed(0)
    layer, maps = ConvLSTM(16, 16), torch.randn(8, round(12 * size) + 1, 16, 24, 24)

    def cell_by_cell():
        hidden = cell = torch.zeros(8, 16, 24, 24)
        states = []
        for step in range(maps.shape[1]):
            gates = layer.from_input(maps[:, step]) + layer.from_state(hidden)
            one, two, three, four = gates.chunk(4, dim=1)
            cell = two.sigmoid() * cell + one.sigmoid() * four.tanh()
            hidden = three.sigmoid() * cell.tanh()
            states.append(hidden)
        return torch.stack(states, dim=1)

    weight = layer.from_state.weight
    return lambda: _slopes(layer, layer(maps), weight), lambda: _slopes(layer, cell_by_cell(), weight)


def _padded(network, size):
    """A batch of utterances of 135 of 512 frames on average, as in IEMOCAP, and the loss's gradient."""
    torch.manual_seed(0)
    lengths = (115 * (0.6 * torch.randn(round(15 * size) + 1)).exp()).clamp(8, 512).long()
    inside = torch.arange(512) < lengths[:, None]  # (B, T)
    batch = torch.randn(len(lengths), 3, 512, 10) * inside[:, None, :, None]
    whole = deepcopy(network)
    whole.field = (512, whole.field[1])  # no cell has its whole field in the padding
    weight, other = next(network.parameters()), next(whole.parameters())
    return lambda: _slopes(network, network(batch), weight), lambda: _slopes(whole, whole(batch), other)


def _textbook(model, inputs, targets, loss_of, batch):
    """Mean training loss of each epoch."""
    optimizer, losses = torch.optim.Adam(model.parameters(), RATE), []
    rows = TensorDataset(*inputs, targets)
    for epoch in range(EPOCHS):
        torch.manual_seed(epoch)
        order = torch.randperm(len(targets)).tolist()
        total, apart = 0.0, torch.Generator()
        model.train()
        for *values, wanted in DataLoader(rows, batch, sampler=order, generator=apart):
            optimizer.zero_grad()
            loss = loss_of(model(*values), wanted)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(wanted)
        losses.append(total / len(targets))
        model.eval()
        with torch.no_grad():
            loss_of(model(*(value[:8] for value in inputs)), targets[:8])
    return losses


def _training(model_of, data_of, loss_of, batch, **own):
    """One training by `fit` and by `_textbook`, of the same weights, batches and dropout."""

    def make(size):
        torch.manual_seed(0)
        start, (*inputs, targets) = model_of(), data_of(max(2, round(4 * size)) * batch)
        settings = TrainingSettings(epochs=EPOCHS, patience=0, batch_size=batch, learning_rate=RATE, **own)
        train = Part(tuple(inputs), targets)
        dev = Part(tuple(value[:8] for value in inputs), targets[:8])
        known = None if isinstance(loss_of, nn.CrossEntropyLoss) else loss_of

        def ours():
            history = fit(deepcopy(start), train, dev, settings, 0, torch.device("cpu"), loss_of=known)
            return history.train

        return ours, lambda: _textbook(deepcopy(start), inputs, targets, loss_of, batch)

    return make


def _classes(number: int) -> Tensor:
    return torch.arange(number) % 4


def _gaits(number):
    return torch.randn(number, 3, 75, 16), torch.full((number,), 75), _classes(number)


def _speech(number):
    """Utterances of 20 to 750 frames, as in IEMOCAP: 4.5 s on average."""
    frames = (450 * torch.rand(number) ** 0.5 + 20 + 280 * (torch.rand(number) > 0.9)).long()
    return torch.randn(number, 750, 39), frames, torch.randn(number, 35), _classes(number)


def _words(number):
    *audio, targets = _speech(number)
    return *audio, torch.randint(2, 1000, (number, 128)), torch.randint(2, 30, (number,)), targets


def _people(number):
    return *torch.randn(3, number, 2048), (torch.rand(number, 26) < 0.15).float()


class _Packed(nn.Module):
    """The context network with its outputs as one tensor, as the loop wants them."""

    def __init__(self):
        super().__init__()
        self.network = ContextNetwork({name: nn.Identity() for name in STREAMS})

    def forward(self, *vectors):
        output = self.network(*vectors)
        return torch.cat([output.fused, *output.streams.values()], dim=1)


class _Unpacked(ContextLoss):
    def forward(self, packed, targets):
        fused, *heads = packed.chunk(len(STREAMS) + 1, dim=1)
        output = ContextOutput(fused, dict(zip(STREAMS, heads, strict=True)), None, None)
        return super().forward(output, targets)


ENTROPY, SHARES = nn.CrossEntropyLoss(), torch.full((26,), 0.15)
MOVEMENT = {"channels_last": True}
GEOMETRIC, TEXTBOOK = "torch_geometric", "a textbook loop with a DataLoader"
TRAININGS = {
    "SMACN": _training(SMACN, _gaits, ENTROPY, 64, **MOVEMENT),
    "CNN": _training(SkeletalCNN, _gaits, ENTROPY, 64, **MOVEMENT),
    "LSTM": _training(lambda: SkeletalLSTM(16, layers=1, hidden=136), _gaits, ENTROPY, 64, **MOVEMENT),
    "ARE": _training(ARE, _speech, ENTROPY, 32),
    "MDRE": _training(lambda: MDRE(1000), _words, ENTROPY, 32),
    "the context network on stored vectors": _training(
        _Packed, _people, _Unpacked(torch.full((26,), 0.15)), 64
    ),
}
PAIRS = [
    Pair(
        "graph attention, with gradients",
        "torch_geometric",
        _graph,
        close(1e-3),
        "within 0.001",
        "torch_geometric",
    ),
    Pair("ConvLSTM, with gradients", "a loop over cells", _recurrent, close(1e-3), "within 0.001"),
    *(
        Pair(
            f"{model.__name__} on padded utterances, with gradients",
            "the same network on all frames",
            lambda size, model=model: _padded(model().eval(), size),
            close(1e-3),
            "within 0.001",
        )
        for model in (SMACN, SkeletalCNN)
    ),
    *(
        Pair(f"training of {name}", TEXTBOOK, make, close(1e-3), "losses within 0.001")
        for name, make in TRAININGS.items()
    ),
]
