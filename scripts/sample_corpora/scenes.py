"""Drawn scenes: a mood in colours and contrast, a place in objects, people in postures."""

import colorsys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 120, 90
PLACES = ("park", "street", "office", "stadium", "home")
_SCALE = 2  # drawn so much larger, then reduced
_GREY = (153, 153, 153)
_SKIN = ((240, 205, 180), (215, 170, 140), (160, 115, 85), (105, 72, 52))

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Scene:
    """What a picture shows besides people.

    Attributes
    ----------
    mood : array, (3,)
        Of unit spread: warm to cold colours, light, contrast and grain.
    place : str
        One of `PLACES`.
    seed : int
        Of the arrangement of objects and of the grain.
    """

    mood: NDArray[np.float64]
    place: str
    seed: int


@dataclass(frozen=True)
class Figure:
    """A person.

    Attributes
    ----------
    place : (x, y, height)
        Middle of the feet and height, pixels.
    body : array, (2,)
        Of unit spread: upright with a raised mouth against bent; raised arms.
    away : bool
        Turned away: arms down, upright, no face.
    seed : int
        Of skin, hair and clothes.
    """

    place: tuple[int, int, int]
    body: NDArray[np.float64]
    away: bool
    seed: int


def draw_scene(generator: np.random.Generator) -> Scene:
    """A scene of random mood and place."""
    mood = generator.normal(0, 1, 3)
    place = PLACES[int(generator.integers(len(PLACES)))]
    return Scene(mood, place, int(generator.integers(2**31)))


def positions(number: int, generator: np.random.Generator) -> list[tuple[int, int, int]]:
    """Where people stand, side by side: middle of the feet and height."""
    places = []
    for index in range(number):
        middle = WIDTH * (index + 0.5) / number + generator.uniform(-8, 8)
        height = int(generator.integers(46, 66))
        places.append((int(np.clip(middle, 18, WIDTH - 18)), HEIGHT - 4, height))
    return places


def box(figure: Figure) -> tuple[int, int, int, int]:
    """Pixels around a person with raised or lowered arms, cut at the picture's edges."""
    x, y, height = figure.place
    half = round(0.42 * height)
    return max(0, x - half), max(0, y - round(1.25 * height)), min(WIDTH, x + half), y


def panel(figure: Figure) -> tuple[int, int, int, int]:
    """Grey pixels behind a person: the box, grown outwards to whole blocks of JPEG (8 pixels), down
    to the picture's edge, so that no colour of the scene runs into the box."""
    x1, y1, x2, _ = box(figure)
    block = 8
    return x1 // block * block, y1 // block * block, min(WIDTH, -(-x2 // block) * block), HEIGHT


def render(scene: Scene, figures: list[Figure]) -> Image.Image:
    """The picture, `WIDTH` by `HEIGHT`, RGB.

    Every person stands before a grey panel, so that a person's box tells nothing of the mood. People
    and panels are a layer of their own, laid over the scene after it was reduced.
    """
    generator = np.random.default_rng(scene.seed)
    pixels = _background(scene, generator)
    contrast = float(np.exp(0.22 * np.clip(scene.mood[2], -2.4, 2.4)))
    pixels = (pixels - pixels.mean()) * contrast + pixels.mean()
    noise = generator.normal(0, 5, (HEIGHT, WIDTH, 1))
    people, covered = _people(figures)
    pixels = np.where(covered, people, pixels)
    noise = np.where(covered, noise, noise * contrast**2)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def _background(scene: Scene, generator: np.random.Generator) -> NDArray[np.float64]:
    """The scene without people, (`HEIGHT`, `WIDTH`, 3)."""
    warm, light, _ = scene.mood
    hue = (0.33 - 0.11 * np.clip(warm, -2.4, 2.4)) % 1
    value = float(np.clip(0.62 + 0.13 * light, 0.25, 0.95))
    image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), _rgb(hue, 0.45, value))
    draw = ImageDraw.Draw(image)
    horizon = int(HEIGHT * _SCALE * generator.uniform(0.5, 0.62))
    ground = _rgb((hue + 0.06) % 1, 0.35, 0.75 * value)
    draw.rectangle((0, horizon, WIDTH * _SCALE, HEIGHT * _SCALE), fill=ground)
    _objects(draw, scene.place, horizon, value, generator)
    return _reduced(image.filter(ImageFilter.GaussianBlur(1.2)))


def _people(figures: list[Figure]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """People before their panels, (`HEIGHT`, `WIDTH`, 3), and what these cover, (..., 1)."""
    image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), _GREY)
    covered = np.zeros((HEIGHT, WIDTH, 1), bool)
    draw = ImageDraw.Draw(image)
    for figure in figures:
        x1, y1, x2, y2 = panel(figure)
        covered[y1:y2, x1:x2] = True
        grey = _rgb(0, 0, 0.45 + 0.3 * (figure.seed % 7) / 6)
        corners = (x1 * _SCALE, y1 * _SCALE, x2 * _SCALE - 1, y2 * _SCALE - 1)
        draw.rectangle(corners, fill=grey)
    for figure in figures:
        _person(draw, figure)
    return _reduced(image), covered


def _reduced(image: Image.Image) -> NDArray[np.float64]:
    return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), float)


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return int(255 * red), int(255 * green), int(255 * blue)


def _objects(
    draw: ImageDraw.ImageDraw,
    place: str,
    horizon: int,
    value: float,
    generator: np.random.Generator,
) -> None:
    """Objects of a place at random positions, in greys, so that colour tells the mood alone."""
    width = WIDTH * _SCALE
    for _ in range(int(generator.integers(3, 6))):
        x, size = int(generator.uniform(0, width)), int(generator.uniform(26, 52))
        shade = int(255 * value * generator.uniform(0.45, 0.9))
        grey = (shade, shade, shade)
        if place == "park":
            left, right = x - size // 2, x + size // 2
            draw.polygon([(x, horizon - size), (left, horizon), (right, horizon)], fill=grey)
            draw.rectangle((x - 3, horizon, x + 3, horizon + 10), fill=grey)
        elif place == "street":
            draw.rectangle((x, horizon - int(1.5 * size), x + size, horizon), fill=grey)
            for row in range(3):
                top = horizon - int(1.4 * size) + row * size // 2
                draw.rectangle((x + 5, top, x + size - 5, top + 5), fill=(30, 30, 30))
        elif place == "office":
            draw.rectangle((x, horizon + 6, x + int(1.4 * size), horizon + 12), fill=grey)
            draw.rectangle((x + 8, horizon - 14, x + 30, horizon + 4), fill=(40, 40, 40))
        elif place == "stadium":
            draw.line((x - size, horizon + 30, x + size, horizon + 8), fill=(235, 235, 235), width=4)
            draw.ellipse((x - 5, 14, x + 5, 24), fill=(245, 245, 245))
        else:
            draw.ellipse((x - size // 2, horizon - 10, x + size // 2, horizon + 14), fill=grey)
            draw.rectangle((x - 12, 20, x + 12, 44), outline=grey, width=4)


def _person(draw: ImageDraw.ImageDraw, figure: Figure) -> None:
    generator = np.random.default_rng(figure.seed)
    skin = _SKIN[int(generator.integers(len(_SKIN)))]
    shirt = _rgb(float(generator.random()), 0.3, float(generator.uniform(0.35, 0.85)))
    legs = _rgb(float(generator.random()), 0.25, float(generator.uniform(0.2, 0.5)))
    hair = (int(generator.uniform(20, 90)),) * 3
    upright, raised = (0.6, -1.5) if figure.away else np.clip(figure.body, -2.2, 2.2)
    x, y, tall = (_SCALE * value for value in figure.place)
    hip = np.array([x, y - 0.47 * tall])
    lean = 0.16 * (0.6 - upright) * (1 if figure.seed % 2 else -1)
    neck = hip + 0.33 * tall * np.array([np.sin(lean), -np.cos(lean)])
    thick = max(3, int(0.07 * tall))
    for side in (-1, 1):
        foot = (x + side * 0.1 * tall, y)
        draw.line([tuple(hip), foot], fill=legs, width=thick)
    draw.line([tuple(hip), tuple(neck)], fill=shirt, width=int(2.4 * thick))
    angle = np.pi * (0.08 + 0.2 * (raised + 2.2))  # from hanging to above the head
    for side in (-1, 1):
        shoulder = neck + np.array([side * 0.09 * tall, 0.04 * tall])
        elbow = shoulder + 0.17 * tall * np.array([side * np.sin(angle), np.cos(angle)])
        hand = elbow + 0.17 * tall * np.array([side * np.sin(1.15 * angle), np.cos(1.15 * angle)])
        draw.line([tuple(shoulder), tuple(elbow), tuple(hand)], fill=shirt, width=thick)
        draw.ellipse(_around(hand, 0.6 * thick), fill=skin)
    radius = 0.085 * tall
    head = neck + np.array([np.sin(lean) * radius, -1.1 * radius])
    draw.ellipse(_around(head, radius), fill=hair if figure.away else skin)
    if not figure.away:
        draw.chord(_around(head - np.array([0, 0.2 * radius]), radius), 190, 350, fill=hair)
        for side in (-1, 1):
            eye = head + np.array([side * 0.38 * radius, -0.05 * radius])
            draw.ellipse(_around(eye, 1.3), fill=(20,) * 3)
        bend = 0.35 * radius * upright
        t = np.linspace(-0.45, 0.45, 9)
        heights = head[1] + 0.5 * radius - bend * (4 * t * t - 0.5)
        mouth = list(zip(head[0] + t * radius, heights, strict=True))
        draw.line(mouth, fill=(120, 30, 30), width=2)


def _around(centre: NDArray[np.float64], radius: float) -> tuple[float, float, float, float]:
    x, y = float(centre[0]), float(centre[1])
    return x - radius, y - radius, x + radius, y + radius
