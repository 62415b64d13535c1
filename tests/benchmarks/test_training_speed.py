"""Training of SMACN at the gaits' size against a plain loop, in one run."""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
import torch
from torch import nn

from lib.models.skeletal import SMACN
from lib.training.loop import Part, fit
from lib.training.settings import TrainingSettings

BATCH, STEPS = 64, 4


def data():
    generator = torch.Generator().manual_seed(0)
    skeletons = torch.randn(BATCH * STEPS, 3, 75, 16, generator=generator)
    return skeletons, torch.randint(4, (BATCH * STEPS,), generator=generator)


def model():
    torch.manual_seed(0)
    return SMACN()


def plain(threads):
    """Samples a second of a loop as a textbook writes it."""
    torch.set_num_threads(threads)
    skeletons, targets = data()
    network = model()
    optimizer = torch.optim.Adam(network.parameters(), 0.001)
    start = time.perf_counter()
    for step in range(STEPS):
        rows = range(step * BATCH, (step + 1) * BATCH)
        batch = torch.stack([skeletons[row] for row in rows])
        loss = nn.functional.cross_entropy(network(batch), torch.stack([targets[row] for row in rows]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return BATCH * STEPS / (time.perf_counter() - start)


def ours(arguments):
    """Samples a second of our loop, development part included."""
    threads, bfloat16, channels_last = arguments
    torch.set_num_threads(threads)
    settings = TrainingSettings(
        epochs=1,
        patience=0,
        batch_size=BATCH,
        learning_rate=0.001,
        bfloat16=bfloat16,
        channels_last=channels_last,
    )
    skeletons, targets = data()
    part = Part((skeletons, torch.full((len(targets),), 75)), targets)
    small = Part((skeletons[:8], torch.full((8,), 75)), targets[:8])
    network = model()
    fit(network, small, small, settings, 0)
    start = time.perf_counter()
    fit(network, part, small, settings, 0)
    return len(targets) / (time.perf_counter() - start)


@pytest.mark.slow
def test_training_speed(capsys):
    cores = 2
    rates = {"plain, both cores": plain(cores)}
    rates["channels last"] = ours((cores, False, True))
    rates["channels last, bfloat16"] = ours((cores, True, True))
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        list(pool.map(ours, [(1, True, True)] * cores))  # imports
        rates["the same, two processes of one thread"] = sum(pool.map(ours, [(1, True, True)] * cores))
    with capsys.disabled():
        print()
        for name, rate in rates.items():
            print(f"{name}: {rate / rates['plain, both cores']:.2f} times plain")
    assert max(rates.values()) > rates["plain, both cores"]
