"""Figures of clips: where speech is, and how the face changes around it."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.features import mel_images, speech, voice_activity
from lib.features.voice_activity import VoiceActivitySettings
from lib.figures.style import PALETTE
from lib.papers.audiovisual.extraction import Clip


def speech_figure(clip: Clip, settings: VoiceActivitySettings, title: str) -> Figure:
    """Sound, speech ratio, log-mel bands; what is kept is shaded (priyasad2020 Fig. 1, eq. 1)."""
    figure, axes = plt.subplots(3, 1, figsize=(7, 4.6), sharex=True)
    seconds = np.arange(len(clip.wave)) / speech.RATE
    axes[0].plot(seconds, clip.wave, color=PALETTE[0], linewidth=0.5)
    axes[0].set(ylabel="sound", title=title)
    times, ratio = voice_activity.speech_ratio(clip.wave, speech.RATE, settings)
    axes[1].plot(times, ratio, color=PALETTE[2], linewidth=0.8)
    axes[1].axhline(settings.threshold, color="0.4", linestyle="--")
    axes[1].set(ylabel="speech ratio", ylim=(0, 1))
    bands = mel_images.log_mel(clip.wave).T
    extent = (0, seconds[-1], 0, 64)
    axes[2].imshow(bands, aspect="auto", origin="lower", cmap="cividis", extent=extent)
    axes[2].set(ylabel="log-mel band", xlabel="time [s]")
    for axis in axes[:2]:
        axis.axvspan(*clip.region, color=PALETTE[1], alpha=0.2)
    for edge in clip.region:
        axes[2].axvline(edge, color=PALETTE[1])
    return figure


def face_strip(clip: Clip, settings: VoiceActivitySettings, title: str) -> Figure:
    """Faces through the region that is kept: onset, apex (speech), offset (priyasad2020 Fig. 3)."""
    count = 9
    figure, axes = plt.subplots(1, count, figsize=(1.15 * count, 1.9))
    first, last = clip.region[0] + settings.before, clip.region[1] - settings.after
    with_face = np.flatnonzero(clip.detected)
    for axis, time in zip(axes, np.linspace(*clip.region, count), strict=True):
        nearest = int(np.abs(clip.times[with_face] - time).argmin())
        axis.imshow(clip.faces[nearest])
        phase = "onset" if time < first else "offset" if time > last else "apex"
        axis.set_title(f"{phase}\n{time:.2f} s", fontsize=9)
        axis.axis("off")
    figure.suptitle(title, fontsize=10)
    return figure


def modality_figure(weights: pd.DataFrame) -> Figure:
    """Attention weight of ``audio`` and ``video`` by ``label``, as bars that sum to one."""
    figure, axis = plt.subplots(figsize=(6, 0.9 + 0.35 * len(weights)))
    labels, audio = weights["label"], weights["audio"]
    axis.barh(labels, audio, color=PALETTE[0], label="audio")
    axis.barh(labels, weights["video"], left=audio, color=PALETTE[1], label="video")
    axis.axvline(0.5, color="0.2", linestyle="--")
    axis.set(xlim=(0, 1), xlabel="mean attention weight")
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    axis.invert_yaxis()
    return figure
