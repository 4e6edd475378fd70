"use strict";
// Shared by all pages of a report: words, charts, tables, choices, light and dark. Each page defines draw().

const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);

// Words

// As in bench/text.py: a number halfway between two figures is rounded up. The rounded number decides exponent and unit.
const TIES_UP = 1 + 1e-14;
const toDigits = (value, digits) => Number((value * TIES_UP).toPrecision(digits));
const scientific = (value, digits = 3) => (value * TIES_UP).toExponential(digits - 1).replace("e+", "e");
const significant = (value, digits = 3) => {
  if (value === null || !Number.isFinite(value)) return "—";
  const shown = toDigits(value, digits),
    size = Math.abs(shown);
  if (shown === 0) return "0";
  if (size >= 1e9 || size < 1e-3) return scientific(value, digits);
  return size >= 1e4
    ? shown.toLocaleString("en")
    : shown.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
};
const count = (number) => (number >= 1e4 ? number.toLocaleString("en") : String(number));
const duration = (seconds, digits = 3) => {
  if (seconds === null) return "—";
  const size = Math.abs(toDigits(seconds, digits));
  const [unit, name] = [
    [1, "s"],
    [1e-3, "ms"],
    [1e-6, "µs"],
  ].find(([least]) => size >= least) || [1e-9, "ns"];
  return `${significant(seconds / unit, digits)} ${name}`;
};
const percent = (share, digits = 2) => (share === null ? "—" : `${significant(100 * share, digits)} %`);
const times = (ratio, digits = 3) => (ratio === null ? "—" : `${significant(ratio, digits)}×`);
// Escape a foreign name, as Plotly interprets some tags in labels.
const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const name = (impl) => data.impls[impl].name;

// Charts

const css = (variable) => getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
const dark = () => document.documentElement.dataset.theme === "dark";
const colour = (impl) => data.impls[impl][dark() ? "dark" : "light"];
const MARKERS = [
  "circle",
  "square",
  "diamond",
  "triangle-up",
  "triangle-down",
  "star",
  "x",
  "cross",
  "pentagon",
  "hexagon",
  "hourglass",
  "bowtie",
  "star-diamond",
];

function curve(
  impl,
  label,
  x,
  y,
  text,
  { dash = "solid", size = 8, symbol = MARKERS[impl % MARKERS.length], ...more } = {},
) {
  return {
    type: "scatter",
    mode: "lines+markers",
    name: plain(label),
    meta: name(impl),
    x,
    y,
    text,
    hovertemplate: "%{text}<extra></extra>",
    line: { color: colour(impl), width: 2, dash },
    marker: { color: colour(impl), size, symbol },
    ...more,
  };
}

function layout(more) {
  const axis = {
    gridcolor: css("--line"),
    linecolor: css("--line"),
    zeroline: false,
    tickfont: { color: css("--faint") },
    title: { font: { color: css("--faint") } },
  };
  return {
    paper_bgcolor: css("--paper"),
    plot_bgcolor: css("--paper"),
    font: { color: css("--ink"), family: "system-ui, sans-serif", size: 13 },
    margin: { l: 75, r: 15, t: 10, b: 50 },
    hovermode: "closest",
    showlegend: false,
    ...more,
    hoverlabel: { bgcolor: css("--panel"), bordercolor: css("--line"), font: { color: css("--ink") }, align: "left" },
    xaxis: { ...axis, automargin: true, ...more.xaxis, title: { ...axis.title, text: more.xaxis?.title, standoff: 8 } },
    yaxis: { ...axis, automargin: true, ...more.yaxis, title: { ...axis.title, text: more.yaxis?.title, standoff: 8 } },
  };
}

// Plotly is 5 MB, half of the time that a page takes to open, so it is fetched after the text is shown.
const waiting = new Map();
let missing = false;
function fetchPlotly() {
  const script = element("script", { src: "plotly.min.js" });
  script.onload = script.onerror = () => {
    missing = !window.Plotly; // missing or truncated
    for (const drawing of waiting.values()) drawing();
    waiting.clear();
  };
  document.body.append(script);
}
addEventListener("load", () => setTimeout(fetchPlotly));

// words: the text alternative, which is shown below the chart
function chart(id, traces, more, words) {
  const figure = $(id);
  if (!figure.firstChild) figure.append(element("div"), element("figcaption"));
  const [plot, caption] = figure.children;
  caption.textContent = words;
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", words);
  const drawing = () => {
    if (missing) caption.textContent = `(No chart: plotly.min.js is not beside this page, or is damaged.) ${words}`;
    else
      Plotly.react(plot, traces, layout(more), {
        responsive: true,
        displaylogo: false,
        modeBarButtonsToRemove: ["lasso2d", "select2d"],
      });
  };
  window.Plotly || missing ? drawing() : waiting.set(id, drawing);
}

// Return ticks at powers of ten, in the quantity's own unit; in a narrow range also at 2 and 5 between them, or more.
function ticks(values, write) {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  if (!logs.length) return {};
  const least = Math.min(...logs),
    most = Math.max(...logs);
  const [low, high] = [Math.floor(least), Math.ceil(most)];
  const steps = most - least < 1 ? [1, 2, 3, 5, 7] : high - low > 2 ? [1] : [1, 2, 5];
  const tickvals = [];
  for (let power = low; power <= high; power++) for (const step of steps) tickvals.push(step * 10 ** power);
  return { tickvals, ticktext: tickvals.map((value) => write(value, 1)) };
}

// Names are at the ends of curves, without overlaps, so that readers need not look up colours; none on a narrow screen.
const wide = matchMedia("(min-width: 640px)");
wide.onchange = () => draw();
const [NAME_PX, NAME_LETTERS] = [15, 22];
// Return the heights of names that end curves at one size, highest first, in px: at least a line apart.
function movedApart(heights) {
  const wanted = [...heights];
  for (let at = 1; at < wanted.length; at++) wanted[at] = Math.min(wanted[at], wanted[at - 1] - NAME_PX);
  for (let at = wanted.length - 1; at >= 0; at--)
    wanted[at] = Math.max(wanted[at], (wanted[at + 1] ?? -NAME_PX) + NAME_PX);
  return wanted;
}
function withNames(id, traces, more) {
  const scale = (axis, value) => (more[axis].type === "log" ? Math.log10(value) : value);
  const spread = ({ y, error_y: error }) =>
    y.flatMap((value, at) => [value, value + (error?.array[at] ?? 0), value - (error?.arrayminus[at] ?? 0)]);
  const ys = traces
    .flatMap(spread)
    .map((value) => scale("yaxis", value))
    .filter(Number.isFinite);
  const ends = new Map();
  for (const { meta, x, y, line } of traces) {
    if (x.length && !(ends.get(meta)?.x >= x.at(-1)))
      ends.set(meta, { meta, x: x.at(-1), y: y.at(-1), colour: line.color });
  }
  const height = ($(id).firstChild?.clientHeight || 450) - 80;
  if (!wide.matches || !ys.length || ends.size * NAME_PX > height) return more;
  const [low, high] = [Math.min(...ys), Math.max(...ys)],
    room = 0.05 * (high - low || 1);
  const place = ({ y }) => (height * (scale("yaxis", y) - low + room)) / (high - low + 2 * room);
  const names = [...ends.values()].sort((a, b) => b.y - a.y);
  const lifts = new Map();
  for (const last of new Set(names.map(({ x }) => x))) {
    const beside = names.filter(({ x }) => x === last);
    const wanted = movedApart(beside.map(place));
    beside.forEach((end, at) => lifts.set(end, place(end) - wanted[at]));
  }
  const annotations = names.map((end) => ({
    x: scale("xaxis", end.x),
    y: scale("yaxis", end.y),
    ax: 16,
    ay: lifts.get(end),
    text: plain(end.meta.length > NAME_LETTERS ? `${end.meta.slice(0, NAME_LETTERS - 1)}…` : end.meta),
    xanchor: "left",
    arrowhead: 0,
    arrowwidth: 1,
    arrowcolor: end.colour,
    standoff: 5,
    font: { size: 12 },
  }));
  return {
    ...more,
    annotations,
    margin: { l: 75, r: 15, t: 30, b: 50 },
    yaxis: { ...more.yaxis, range: [low - room, high + room] },
  };
}

// Elements, tables and lists

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
const line = (tag, words) =>
  element("tr", {}, ...words.map((text) => element(tag, { textContent: text, ...(tag === "th" && { scope: "col" }) })));
function list(id, words) {
  $(id).replaceChildren(...words.map((text) => element("li", { textContent: text })));
}
function fill(table, heads, rows) {
  table.createTHead().replaceChildren(line("th", heads));
  (table.tBodies[0] ?? table.createTBody()).replaceChildren(...rows);
  return table;
}
// Show a table of reports/analysis/grids.py with its title in a section; hide the section if there is none.
function showGrid(section, grid) {
  section.hidden = !grid;
  if (!grid) return section;
  const table = fill(
    element("table"),
    grid.heads,
    grid.rows.map((row) => line("td", row)),
  );
  if (grid.note) table.createCaption().textContent = grid.note;
  const scroll = element("div", { className: "scroll", tabIndex: 0 }, table);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", grid.title);
  section.replaceChildren(element("h2", { textContent: grid.title }), scroll);
  return section;
}

// Offer a choice among words; its values are their indices.
function options(id, words, chosen, choose) {
  $(id).replaceChildren(...words.map((text, value) => new Option(text, value, value === chosen, value === chosen)));
  $(id).onchange = () => {
    choose(Number($(id).value));
    draw();
  };
}

function theme(value) {
  document.documentElement.dataset.theme = value;
  $("theme").textContent = value === "dark" ? "light" : "dark";
}

// Implementations that are hidden in every chart and table. A click in the legend hides one, or shows it again.

const hidden = new Set();
const visible = (impl) => !hidden.has(impl);
function legend(impls) {
  const focused = document.activeElement?.dataset?.impl;
  $("legend").replaceChildren(
    ...impls.map((impl) => {
      const press = element(
        "button",
        { type: "button", title: data.impls[impl].technique || "" },
        element("i"),
        name(impl),
      );
      press.dataset.impl = impl;
      press.style.setProperty("--colour", colour(impl));
      press.setAttribute("aria-pressed", String(visible(impl)));
      press.onclick = () => {
        hidden.has(impl) ? hidden.delete(impl) : hidden.add(impl);
        draw();
      };
      return press;
    }),
  );
  if (focused !== undefined) $("legend").querySelector(`[data-impl="${focused}"]`)?.focus();
}

const MOST_OPEN = 10; // a full grid has 948 reasons, which take 48,000 pixels

// Parts around the charts
function frame() {
  theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  $("theme").onclick = () => {
    theme(dark() ? "light" : "dark");
    draw();
  };
  $("headline").textContent = data.headline;
  list("sentences", data.sentences);
  list("faults", data.faults ?? []);
  list("absences", data.absences);
  $("absences-section").hidden = !data.absences.length;
  $("more-absences").open = data.absences.length <= MOST_OPEN;
  $("more-absences").firstChild.textContent = `${count(data.absences.length)} reasons for missing measurements`;
  $("origin").tBodies[0].replaceChildren(...data.origin.map(([key, value]) => line("td", [key, value])));
}
