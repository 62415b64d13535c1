import pytest
import torch

from lib.models.sequences import last_states
from lib.models.speech_text import ARE, MDRE, MDREA, TRE, SpeechEncoder

SMALL = {"hidden": 8}


def batch(frames, words, vocabulary=20):
    generator = torch.Generator().manual_seed(3)
    mfcc = torch.randn(len(frames), max(frames), 39, generator=generator)
    tokens = torch.randint(2, vocabulary, (len(words), max(words)), generator=generator)
    prosody = torch.randn(len(frames), 35, generator=generator)
    return mfcc, torch.tensor(frames), prosody, tokens, torch.tensor(words)


MODELS = {
    "ARE": (ARE(**SMALL, representation=8), slice(0, 3)),
    "TRE": (TRE(20, **SMALL, embedding=8, representation=8), slice(3, 5)),
    "MDRE": (MDRE(20, **SMALL, embedding=8), slice(0, 5)),
    "MDREA": (MDREA(20, **SMALL, embedding=8), slice(0, 5)),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_lies_behind_the_lengths_changes_nothing(name):
    model, taken = MODELS[name]
    model.eval()
    short = batch([30, 12], [7, 4])
    mfcc = torch.cat([short[0], torch.randn(2, 50, 39)], dim=1)
    tokens = torch.cat([short[3], torch.full((2, 9), 5)], dim=1)
    long = (mfcc, short[1], short[2], tokens, short[4])
    torch.testing.assert_close(model(*short[taken]), model(*long[taken]))
    single = tuple(tensor[1:] for tensor in short)
    torch.testing.assert_close(model(*short[taken])[1:], model(*single[taken]))


def test_speech_encoder_is_a_loop_of_gru_cells():
    torch.manual_seed(0)
    encoder = SpeechEncoder(hidden=6).eval()
    mfcc, lengths, prosody, _, _ = batch([9, 5], [2, 2])
    cell = torch.nn.GRUCell(39, 6)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(cell, name).data.copy_(getattr(encoder.gru, f"{name}_l0"))
    for sample in range(2):
        state = torch.zeros(1, 6)
        for frame in range(int(lengths[sample])):
            state = cell(mfcc[sample, frame][None], state)
        expected = torch.cat([state[0], prosody[sample]])
        torch.testing.assert_close(encoder(mfcc, lengths, prosody)[1][sample], expected)


def test_recurrent_weights_are_orthogonal():
    gates = ARE().encoder.gru.weight_hh_l0.chunk(3)
    for gate in gates:
        torch.testing.assert_close(gate @ gate.T, torch.eye(200), atol=1e-4, rtol=0)


def test_sizes_are_those_of_the_papers():
    are, tre, mdre = ARE(), TRE(100), MDRE(100)
    assert are.encoder.size == 235 and are.size == 200 and tre.size == 200
    assert mdre.halve_audio.out_features == 117 and mdre.output.in_features == 217
    assert (tre.encoder.embedding.weight[0] == 0).all()


def test_last_states():
    states = torch.arange(12.0).view(2, 3, 2)
    assert last_states(states, torch.tensor([3, 1])).tolist() == [[4.0, 5.0], [6.0, 7.0]]
