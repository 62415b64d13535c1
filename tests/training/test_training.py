import pytest
import torch
from torch import nn

from lib.training import checkpoints
from lib.training.loop import Part, fit, learning_rate, loss_function, predict
from lib.training.settings import TrainingSettings


def settings(**changes):
    base = {"epochs": 40, "patience": 5, "batch_size": 16, "learning_rate": 0.02}
    return TrainingSettings(**(base | changes))


def blobs(seed, samples=96):
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randint(3, (samples,), generator=generator)
    inputs = torch.randn(samples, 4, generator=generator)
    inputs[:, 0] += 3 * targets
    return Part((inputs,), targets)


def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))


def test_learns_and_repeats_itself():
    trained = []
    for _ in range(2):
        network = model()
        history = fit(network, blobs(0), blobs(1), settings(), seed=7)
        trained.append((network, history))
    (first, history), (second, again) = trained
    test = blobs(2)
    assert (predict(first, test, settings()).argmax(1) == test.targets).float().mean() > 0.85
    assert history == again
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


def test_keeps_the_best_development_epoch_and_stops():
    network = model()
    noise = Part((torch.randn(64, 4),), torch.randint(3, (64,)))
    dev = Part((torch.randn(64, 4),), torch.randint(3, (64,)))
    history = fit(network, noise, dev, settings(learning_rate=0.1, patience=3), seed=0)
    assert history.dev[history.best_epoch] == min(history.dev)
    assert len(history.dev) == history.best_epoch + 4
    outputs = predict(network, dev, settings())
    loss = nn.functional.cross_entropy(outputs, dev.targets)
    assert float(loss) == pytest.approx(history.best, abs=1e-5)


def test_the_last_weights_are_kept_after_a_fixed_number_of_epochs():
    network, dev = model(), blobs(1)
    noise = Part(blobs(0).inputs, blobs(5).targets)
    fixed = settings(epochs=12, patience=0, keep="last", learning_rate=0.1)
    history = fit(network, noise, dev, fixed, seed=0)
    assert len(history.dev) == 12 and history.best_epoch < 11
    loss = nn.functional.cross_entropy(predict(network, dev, fixed), dev.targets)
    assert float(loss) == pytest.approx(history.dev[-1], abs=1e-5)


@pytest.mark.parametrize("micro_batch", [1, 5, 16])
def test_gradients_of_micro_batches_add_up_to_those_of_a_batch(micro_batch):
    found = []
    for size in (None, micro_batch):
        torch.manual_seed(0)
        network = nn.Linear(4, 3)
        history = fit(network, blobs(0), blobs(1), settings(epochs=3, micro_batch=size), seed=7)
        found.append((network.weight.detach(), history.train))
    (whole, losses), (parts, again) = found
    torch.testing.assert_close(parts, whole, atol=1e-5, rtol=1e-4)
    assert again == pytest.approx(losses, rel=1e-5)


def test_regression_and_multilabel():
    inputs = torch.randn(64, 2, generator=torch.Generator().manual_seed(0))
    for task, targets, outputs in (
        ("regression", inputs.sum(1, keepdim=True), 1),
        ("multilabel", (inputs > 0).float(), 2),
    ):
        torch.manual_seed(0)
        part = Part((inputs,), targets)
        history = fit(nn.Linear(2, outputs), part, part, settings(task=task, learning_rate=0.1), 0)
        assert history.best < 0.35 * history.dev[0]


def test_class_weights_come_from_the_training_targets():
    targets = torch.tensor([0, 0, 0, 1])
    loss = loss_function(settings(class_weights=True), targets, torch.device("cpu"))
    assert loss.weight.tolist() == pytest.approx([4 / 6, 2.0])


def test_the_rate_falls_at_milestones_and_sgd_goes_on_from_a_checkpoint(tmp_path):
    slow = settings(
        optimizer="sgd", milestones=[2, 4], learning_rate=0.1, epochs=6, patience=0,
        checkpoint_seconds=0.0,
    )  # fmt: skip
    rates = [learning_rate(slow, epoch) for epoch in range(6)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])
    whole, halves = model(), model()
    fit(whole, blobs(0), blobs(1), slow, seed=3)
    first = slow.model_copy(update={"epochs": 3})
    fit(halves, blobs(0), blobs(1), first, seed=3, checkpoint=tmp_path / "state")
    other = model()
    fit(other, blobs(0), blobs(1), slow, seed=3, checkpoint=tmp_path / "state")
    for a, b in zip(whole.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


class Doubled:
    """Rows that are made when they are asked for."""

    def __init__(self, values):
        self.values = values

    def __getitem__(self, rows):
        return 2 * self.values[rows]

    def to(self, device):
        return Doubled(self.values.to(device))


def test_rows_made_on_demand_train_like_tensors():
    pair = []
    for lazy in (False, True):
        parts = [
            Part((Doubled(part.inputs[0] / 2) if lazy else part.inputs[0],), part.targets)
            for part in (blobs(0), blobs(1))
        ]
        network = model()
        fit(network, *parts, settings(epochs=3), seed=1)
        pair.append(predict(network, parts[1], settings()))
    assert torch.equal(*pair)


def test_a_loss_of_ones_own():
    train = blobs(0)
    network = model()
    history = fit(
        network, train, blobs(1), settings(epochs=2), seed=1,
        loss_of=lambda outputs, targets: (outputs**2).mean(),
    )  # fmt: skip
    assert history.train[1] < history.train[0] < 1


def test_gradients_are_clipped_by_value():
    network = nn.Linear(1, 1, bias=False)
    part = Part((torch.full((4, 1), 1000.0),), torch.full((4, 1), 1e6))
    fit(network, part, part, settings(task="regression", epochs=1, clip_value=10.0), 0)
    assert network.weight.grad.abs().max() <= 10


class Diverging(nn.Module):
    """Fine at first; from one epoch on a part of it is not finite."""

    def __init__(self, what, epoch, spike=float("inf")):
        super().__init__()
        torch.manual_seed(0)
        self.inner = nn.Linear(4, 3)
        self.register_buffer("extra", torch.zeros(()))
        self.what, self.last, self.spike, self.started = what, epoch, spike, 0
        if what == "gradient":
            self.inner.weight.register_hook(lambda slope: slope + self.spike if self.due else slope)

    due = property(lambda self: self.started > 6 * (self.last - 1))  # 96 samples are 6 batches

    def forward(self, inputs):
        self.started += self.training
        outputs = self.inner(inputs)
        if self.what == "weight extra" and self.due:
            self.extra.fill_(self.spike)
        if self.what == "development loss" and self.due and not self.training:
            outputs = outputs * self.spike
        return outputs * self.spike if self.what == "training loss" and self.due else outputs


@pytest.mark.parametrize("clip", [None, 1.0])
@pytest.mark.parametrize("what", ["training loss", "gradient", "weight extra", "development loss"])
def test_what_is_not_finite_stops_and_the_last_good_state_is_kept(what, clip, tmp_path):
    path, kept = tmp_path / "run.checkpoint", settings(epochs=6, patience=0, clip_value=clip)
    message = rf"^epoch 4: not finite: .*{what}.*: .*run\.checkpoint keeps the state after epoch 3$"
    with pytest.raises(FloatingPointError, match=message):
        fit(Diverging(what, 4), blobs(0), blobs(1), kept, seed=3, checkpoint=path)
    plain = Diverging("", 99)
    short = settings(epochs=3, patience=0, clip_value=clip, keep="last")
    expected = fit(plain, blobs(0), blobs(1), short, seed=3)
    history, tensors = checkpoints.stored(path)
    assert history == expected
    for name, value in plain.state_dict().items():
        assert torch.equal(tensors[f"model.{name}"], value)
    whole, again = Diverging("", 99), Diverging("", 99)
    long = fit(whole, blobs(0), blobs(1), kept, seed=3)
    assert fit(again, blobs(0), blobs(1), kept, seed=3, checkpoint=path) == long
    assert torch.equal(whole.inner.weight, again.inner.weight)


def test_a_loss_that_explodes_but_stays_finite_stops_and_the_last_good_state_is_kept(tmp_path):
    path, kept = tmp_path / "run.checkpoint", settings(epochs=6, patience=0, keep="last")
    network = Diverging("training loss", 3, spike=1e6)
    with pytest.raises(FloatingPointError, match=r"^epoch 3: training loss .*, at first .* after epoch 2$"):
        fit(network, blobs(0), blobs(1), kept, seed=3, checkpoint=path)
    assert len(checkpoints.stored(path)[0].train) == 2
    network.spike = 1.0
    assert len(fit(network, blobs(0), blobs(1), kept, seed=3, checkpoint=path).train) == 6


def test_a_loss_explodes_within_the_first_epoch():
    part = Part((torch.full((64, 1), 10.0),), torch.ones(64, 1))
    wild = settings(task="regression", optimizer="sgd", momentum=0, learning_rate=0.1, batch_size=16)
    with pytest.raises(FloatingPointError, match=r"^epoch 1: training loss .*, at first .* no epoch before"):
        fit(nn.Linear(1, 1), part, part, wild, seed=0)


def test_a_large_loss_that_does_not_grow_is_no_divergence():
    part = Part((torch.ones(64, 1),), torch.full((64, 1), 1e4))
    history = fit(nn.Linear(1, 1), part, part, settings(task="regression", epochs=2), seed=0)
    assert history.train[1] < history.train[0] > 1e7


def test_a_training_that_is_not_finite_at_once_has_no_checkpoint(tmp_path):
    part = Part((torch.full((4, 1), float("nan")),), torch.zeros(4, 1))
    for path in (None, tmp_path / "state"):
        with pytest.raises(
            FloatingPointError, match=r"^epoch 1: not finite: training loss.* no epoch before it"
        ):
            fit(nn.Linear(1, 1), part, part, settings(task="regression"), 0, checkpoint=path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [MemoryError(), OSError(5, "Input/output error")])
def test_a_checkpoint_that_the_system_cannot_read_stays(error, tmp_path, monkeypatch):
    path, kept = tmp_path / "state", settings(epochs=1, checkpoint_seconds=0.0)
    fit(model(), blobs(0), blobs(1), kept, seed=3, checkpoint=path)

    def lost(*arguments, **options):
        raise error

    monkeypatch.setattr(checkpoints, "safe_open", lost)
    before = path.read_bytes()
    with pytest.raises(type(error)):
        fit(model(), blobs(0), blobs(1), kept, seed=3, checkpoint=path)
    assert path.read_bytes() == before


def test_a_damaged_checkpoint_is_dropped_and_the_training_starts_over(tmp_path):
    path, kept = tmp_path / "state", settings(epochs=3, patience=0, checkpoint_seconds=0.0)
    expected = model()
    history = fit(expected, blobs(0), blobs(1), kept, seed=3, checkpoint=path)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[-100] ^= 1  # the bytes of a tensor
    swapped = whole.replace(b'\\"best_epoch\\": 2', b'\\"best_epoch\\": 1')
    assert swapped != whole
    for wrong in (bytes(flipped), swapped, whole[: len(whole) // 2], b""):
        path.write_bytes(wrong)
        again = model()
        with pytest.warns(checkpoints.CheckpointWarning, match=r"state is damaged.*starts over"):
            assert fit(again, blobs(0), blobs(1), kept, seed=3, checkpoint=path) == history
        for one, other in zip(expected.parameters(), again.parameters(), strict=True):
            assert torch.equal(one, other)


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    path, kept = tmp_path / "state", settings(epochs=1, checkpoint_seconds=0.0)
    fit(model(), blobs(0), blobs(1), kept, seed=3, checkpoint=path)
    other = nn.Linear(4, 3)
    with pytest.raises(checkpoints.CheckpointError, match="state is of another model"):
        fit(other, blobs(0), blobs(1), kept, seed=3, checkpoint=path)
