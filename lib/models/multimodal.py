"""Two-phase network of shi2020 and shi2021: encoders of the first phase and a fusion."""

from torch import Tensor, nn

from lib.models.skeletal import SMACN
from lib.models.speech_text import ARE, TRE


class MultimodalNetwork(nn.Module):
    """SMACN, ARE and TRE, trained separately in the first phase, and a fusion.

    The fusion is a module of `lib.models.fusion`, whose `needs` names its inputs.

    Source: shi2020 section III.C; shi2021 sections III.C and III.D.
    """

    modalities = ("skeleton", "audio", "text")

    def __init__(self, skeleton: SMACN, audio: ARE, text: TRE, fusion: nn.Module) -> None:
        super().__init__()
        self.skeleton, self.audio, self.text, self.fusion = skeleton, audio, text, fusion

    def encode(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Inputs of the fusion, in its order; states are cut to the batch's longest sequence.

        Takes the inputs of SMACN, ARE and TRE: skeletons, their lengths, MFCC, their lengths,
        prosody, tokens and their lengths.
        """
        skeletons, skeleton_lengths, mfcc, frames, prosody, tokens, words = inputs
        speech_states, speech = self.audio.encoder(mfcc, frames, prosody)
        text_states, text = self.text.encoder(tokens, words)
        encoded = {
            "skeleton": self.skeleton.represent(skeletons, skeleton_lengths)[0],
            "audio": self.audio.represented(speech),
            "text": self.text.represented(text),
            "prosody": prosody,
            "speech_states": speech_states,
            "speech_lengths": frames,
            "text_states": text_states,
            "text_lengths": words,
        }
        return tuple(encoded[name] for name in self.fusion.needs)  # type: ignore[union-attr]

    def explain(self, *inputs: Tensor) -> Tensor:
        """What the fusion's `explain` gives, from the inputs of `encode`."""
        return self.fusion.explain(*self.encode(*inputs))  # type: ignore[operator]

    def forward(self, *inputs: Tensor) -> Tensor:
        """Class scores, (batch, classes), from the inputs of `encode`."""
        return self.fusion(*self.encode(*inputs))
