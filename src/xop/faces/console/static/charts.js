// Charts: each [data-chart] draws the series that the element it names holds, again whenever they are morphed in.
"use strict";

{
  const HEIGHT = 220;
  const DAY = 86400;
  // What may be between two times of the axis, in seconds: never less than there is between two points.
  const SPANS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, DAY, 2 * DAY, 7 * DAY];

  const series = (host) => {
    const held = document.getElementById(host.dataset.chart)?.querySelector("[data-series]");
    return held ? JSON.parse(held.dataset.series) : null;
  };

  // Lines stand on one another: each is drawn as the sum of itself and those after it, the largest first.
  const stacked = (drawn) => {
    const lines = drawn.lines.map((line) => line.values.slice());
    for (let at = lines.length - 2; at >= 0; at--) lines[at].forEach((_, point) => (lines[at][point] += lines[at + 1][point]));
    return [lines[0].map((_, point) => drawn.begin + point * drawn.step), ...lines];
  };

  const tone = (name, property) => {
    const probe = document.createElement("span");
    probe.className = `mark ${name}`;
    document.body.append(probe);
    const found = getComputedStyle(probe)[property];
    probe.remove();
    return found;
  };

  const clock = (drawn) => {
    const time = drawn.step >= DAY ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" };
    const near = new Intl.DateTimeFormat(drawn.locale, { ...time, timeZone: drawn.step >= DAY ? "UTC" : drawn.zone });
    const far = new Intl.DateTimeFormat(drawn.locale, { weekday: "short", day: "numeric", timeZone: drawn.zone });
    return (seconds, wide) => (wide && drawn.step >= 3600 && drawn.step < DAY ? far : near).format(new Date(seconds * 1000));
  };

  const options = (host, drawn) => {
    const ink = getComputedStyle(host).color;
    const line = getComputedStyle(host.closest(".panel")).borderTopColor;
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const say = clock(drawn);
    const axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    return {
      width: host.clientWidth - 24,
      height: HEIGHT,
      padding: [null, 34, null, null], // half a time of day: the last one stands at the very edge
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: { y: { range: (_plot, _least, most) => [0, Math.max(4, most * 1.1)] } },
      axes: [
        { ...axis, space: 70, incrs: SPANS.filter((span) => span >= drawn.step), values: (_plot, splits) => splits.map((at) => say(at, true)) },
        { ...axis, size: 48, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6] },
      ],
      series: [
        {},
        ...drawn.lines.map((each) => ({
          label: each.name,
          stroke: tone(each.tone, "color"),
          fill: tone(each.tone, "backgroundColor"),
          width: 1.5,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [(plot) => point(host, plot.cursor.idx)] },
    };
  };

  // What the pointer is over stands in the legend.
  const point = (host, at) => {
    const drawn = shown.get(host)?.drawn;
    const values = document.querySelectorAll(`#${host.dataset.legend} [data-value]`);
    drawn?.lines.forEach((line, number) => (values[number].textContent = at == null ? "" : line.values[at]));
  };

  const shown = new Map();

  const draw = (host) => {
    const drawn = series(host);
    if (!drawn || !drawn.lines[0].values.length) return;
    const before = shown.get(host);
    if (before && before.drawn.step === drawn.step && before.drawn.zone === drawn.zone) {
      before.drawn = drawn;
      before.plot.setData(stacked(drawn));
      return;
    }
    before?.plot.destroy();
    shown.set(host, { drawn, plot: new uPlot(options(host, drawn), stacked(drawn), host) });
  };

  const again = () => {
    for (const [host, { plot }] of [...shown]) {
      plot.destroy();
      shown.delete(host);
      draw(host);
    }
  };

  for (const host of document.querySelectorAll("[data-chart]")) {
    draw(host);
    const watched = document.getElementById(host.dataset.chart);
    new MutationObserver(() => draw(host)).observe(watched, { attributes: true, childList: true, subtree: true });
    new ResizeObserver(() => shown.get(host)?.plot.setSize({ width: host.clientWidth - 24, height: HEIGHT })).observe(host);
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
}
