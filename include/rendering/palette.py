"""Colours and font of a page, in light and dark: CSS variables there, and the same names as tokens in chart specs."""

from __future__ import annotations

SERIES = 8
FONT = "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
LIGHT = {
    "ground": "#f4f5f7",
    "card": "#ffffff",
    "ink": "#1c2430",
    "soft": "#5a6575",
    "line": "#e2e6ec",
    "land": "#e6e9ee",
    "focus": "#1f5fae",
    "alarm": "#a8322a",
    "ramp-low": "#d6e5f5",
    "ramp-high": "#164a87",
    "c1": "#2f6db5",
    "c2": "#d97f12",
    "c3": "#178a76",
    "c4": "#bb3f78",
    "c5": "#7563c2",
    "c6": "#84732a",
    "c7": "#4c9fcf",
    "c8": "#6b7280",
}
DARK = {
    "ground": "#12161c",
    "card": "#1b2129",
    "ink": "#e8ecf2",
    "soft": "#9fabbb",
    "line": "#2d3641",
    "land": "#2a323c",
    "focus": "#8abbf5",
    "alarm": "#f29a90",
    "ramp-low": "#2d4c70",
    "ramp-high": "#a4cdfa",
    "c1": "#6ba6ee",
    "c2": "#f0ac4c",
    "c3": "#45c2a8",
    "c4": "#ec83b2",
    "c5": "#a999f0",
    "c6": "#c9b55a",
    "c7": "#8ed2f4",
    "c8": "#9aa4b2",
}


def token(name: str) -> str:
    """What stands for this colour in a chart spec until it is drawn."""
    return f"var(--{name})"


SERIES_TOKENS = [token(f"c{at}") for at in range(1, SERIES + 1)]


def coloured(spec, colours: dict[str, str]):
    """A chart spec with every token replaced by its colour."""
    if isinstance(spec, dict):
        return {key: coloured(value, colours) for key, value in spec.items()}
    if isinstance(spec, list):
        return [coloured(value, colours) for value in spec]
    if isinstance(spec, str) and spec.startswith("var(--"):
        return colours.get(spec[6:-1], spec)
    return spec


def css() -> str:
    """The variables, for the theme that the reader's system asks for."""
    light, dark = (";".join(f"--{name}:{value}" for name, value in theme.items()) for theme in (LIGHT, DARK))
    always = f":root{{color-scheme:light dark;--font:{FONT};{light}}}"
    return f"{always}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
