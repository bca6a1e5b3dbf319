"""Charts as inline SVG: bars stacked by day, and a line over time; colours are classes of the page's own style."""

from collections.abc import Mapping, Sequence
from html import escape

COLOURS = 8
"""Classes `c0` to `c7`; what comes after them shares the last one."""

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 900, 200, 56, 22, 8


def stacked_bars(series: Mapping[str, Sequence[int]], labels: Sequence[str], title: str) -> str:
    """Return bars of several series on top of one another, one bar for each label, with a legend."""
    count = len(labels)
    totals = [sum(values[i] for values in series.values()) for i in range(count)]
    top = max(max(totals, default=0), 1)
    wide = (_WIDTH - _LEFT) / max(count, 1)
    drawn = [_axis(top)]
    for i, label in enumerate(labels):
        below = 0
        for place, (name, values) in enumerate(series.items()):
            if values[i]:
                high, low = _y(below + values[i], top), _y(below, top)
                told = f"{label}: {name} {values[i]:,}"
                drawn.append(
                    f'<rect class="c{_colour(place)}" x="{_LEFT + i * wide + 0.5:.1f}" y="{high:.1f}" '
                    f'width="{max(wide - 1, 0.5):.1f}" height="{low - high:.1f}"><title>{escape(told)}</title></rect>'
                )
            below += values[i]
    drawn += _ticks(labels, wide, wide / 2)
    return _figure("".join(drawn), title, _legend(series))


def line(values: Sequence[int], labels: Sequence[str], title: str) -> str:
    """Return one line over equal steps of time; labels are spread under it."""
    top = max(max(values, default=0), 1)
    wide = (_WIDTH - _LEFT) / max(len(values) - 1, 1)
    points = " ".join(f"{_LEFT + i * wide:.1f},{_y(value, top):.1f}" for i, value in enumerate(values))
    apart = (_WIDTH - _LEFT) / max(len(labels), 1)
    drawn = [_axis(top), f'<polyline class="line" points="{points}"/>', *_ticks(labels, apart, 0)]
    return _figure("".join(drawn), title, "")


def _y(value: float, top: int) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / top)


def _colour(place: int) -> int:
    return min(place, COLOURS - 1)


def _axis(top: int) -> str:
    levels = sorted({0, top // 2, top})
    return "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{_y(level, top):.1f}" y2="{_y(level, top):.1f}"/>'
        f'<text x="{_LEFT - 6}" y="{_y(level, top) + 4:.1f}" text-anchor="end">{level:,}</text>'
        for level in levels
    )


def _ticks(labels: Sequence[str], wide: float, shift: float) -> list[str]:
    """Return as many labels as have room."""
    every = max(1, round(len(labels) / 15))
    return [
        f'<text x="{_LEFT + i * wide + shift:.1f}" y="{_HEIGHT - 5}" text-anchor="middle">{escape(label)}</text>'
        for i, label in enumerate(labels)
        if i % every == 0
    ]


def _legend(series: Mapping[str, Sequence[int]]) -> str:
    items = "".join(
        f'<li><svg class="key" viewBox="0 0 10 10"><rect class="c{_colour(place)}" width="10" height="10"/></svg>'
        f"{escape(name)} <b>{sum(values):,}</b></li>"
        for place, (name, values) in enumerate(series.items())
    )
    return f'<ul class="legend">{items}</ul>'


def _figure(drawn: str, title: str, legend: str) -> str:
    told = escape(title)
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{told}">{drawn}</svg>'
        f"<figcaption>{told}</figcaption>{legend}</figure>"
    )
