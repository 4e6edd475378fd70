// One state, read by every drawing function; code that changes it calls draw().

for (const one of data.settings) {
  one.rows = one.rows.map((row) => ({
    of: one,
    ...Object.fromEntries(one.columns.map((column, place) => [column, row[place]])),
  }));
}
const state = { setting: 0, beside: null, slice: 0, baseline: data.baseline, cell: 0, sort: [0, 1], filter: "" };
const MOST_ROWS = 500; // a table of 10,000 would take seconds to lay out
const TERMS = ["a call", "examples", "features", "elements"];

// What is shown

const setting = () => data.settings[state.setting];
const rows = () => setting().rows.filter((row) => visible(row.impl));
const distinct = (values) => [...new Set(values)].sort((a, b) => a - b);
const implsOf = (some) => distinct(some.map((row) => row.impl));

// Computed once per setting: for 1000 rows this takes 5 ms, and each row needs it.
const slicesOf = new Map();
function slices() {
  if (!slicesOf.has(setting())) slicesOf.set(setting(), findSlices(setting().rows));
  return slicesOf.get(setting());
}
function findSlices(all) {
  const along = (moving, fixed) =>
    distinct(all.map((row) => row[fixed]))
      .map((value) => ({
        moving,
        fixed,
        value,
        sizes: distinct(all.filter((row) => row[fixed] === value).map((row) => row[moving])),
      }))
      .filter((slice) => slice.sizes.length > 1);
  const found = [...along("m", "n_x"), ...along("n_x", "m")];
  return found.length ? found : [{ moving: "m", fixed: "n_x", value: all[0].n_x, sizes: [all[0].m] }];
}
const sliceWords = ({ moving, fixed, value, sizes }) =>
  sizes.length > 1
    ? `against ${moving}, at ${fixed} = ${count(value)}`
    : `at ${moving} = ${count(sizes[0])}, ${fixed} = ${count(value)}`;
const slice = () => slices()[state.slice];
const inSlice = (one = setting()) =>
  one.rows.filter((row) => visible(row.impl) && row[slice().fixed] === slice().value);

// Return [ratio, low, high] of the times of two rows in a cell, within rounds if the page has them.
function ratio(row, other) {
  const pair = (row.of.pairs[`${row.m} ${row.n_x}`] || []).find(
    ([a, b]) => (a === row.impl && b === other.impl) || (a === other.impl && b === row.impl),
  );
  if (!pair) return [row.median_s / other.median_s, null, null];
  const [a, , middle, low, high, sure] = pair;
  return a === row.impl ? [middle, low, high, sure] : [1 / middle, 1 / high, 1 / low, sure];
}

// Return the fastest shown implementation, and all that are tied with it, as reports/analysis/fastest.py decided.
function fastest(m, n_x) {
  const [first] = (setting().standings[`${m} ${n_x}`] || []).filter(([impl]) => visible(impl));
  return first ? first.filter(visible) : [];
}
const place = (row) => {
  const best = fastest(row.m, row.n_x);
  return !best.includes(row.impl) ? "" : best.length > 1 ? "tied" : "fastest";
};

const listing = (words) => (words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : words[0]);
function named(impls, write = name) {
  const more = impls.length - data.most_named;
  return listing([...impls.slice(0, data.most_named).map(write), ...(more > 0 ? [`${more} more`] : [])]);
}

// Return the seconds of a model, and whether it holds there, as in reports/analysis/cost_models.py.
function model(impl, m, n_x) {
  const sizes = [m, n_x, m * n_x],
    total = (parts) => parts.reduce((sum, part) => sum + part, 0);
  const within = (size, axis, piece) => size >= piece.from[axis] && (piece.to[axis] === null || size < piece.to[axis]);
  const piece = setting().models.find(
    (one) => one.impl === impl && sizes.every((size, axis) => within(size, axis, one)),
  );
  if (!piece) return null;
  const partsOf = (terms) => [1, ...sizes].map((size, term) => size * terms[term]);
  const parts = partsOf(piece.terms),
    seconds = total(parts),
    [from, to] = setting().reach[impl];
  const reached = sizes.every((size, axis) => size >= from[axis] && (to[axis] === null || size <= to[axis]));
  const open = total(parts.filter((_, term) => piece.lows[term] <= 0));
  const largest = parts.indexOf(Math.max(...parts)),
    left = (piece.highs[largest] - piece.lows[largest]) / (2 * piece.terms[largest]);
  const off = Math.min(1, Math.max(piece.error, (parts[largest] / seconds) * left));
  return {
    impl,
    parts,
    seconds,
    error: piece.error,
    off,
    least: total(partsOf(piece.lows)),
    holds: reached && seconds > 0 && open <= data.decides * seconds,
  };
}
const models = (m, n_x) =>
  implsOf(rows())
    .map((impl) => model(impl, m, n_x))
    .filter(Boolean);
const predictions = (m, n_x) =>
  models(m, n_x)
    .filter(({ holds }) => holds)
    .sort((a, b) => a.seconds - b.seconds);
// Return the implementations that may be faster than the predicted fastest: their models don't hold there, or they are
// the fastest at a measured size and have no model.
function uncertain(m, n_x) {
  const [first] = predictions(m, n_x);
  const open = models(m, n_x).filter(({ holds, least }) => !holds && first && least < first.seconds);
  return first ? [...setting().unmodelled.filter(visible), ...open.map(({ impl }) => impl)] : [];
}
// Return the predicted fastest, and those within the error of the predictions; none if one is uncertain.
function likelyFastest(m, n_x) {
  const held = predictions(m, n_x);
  if (!held.length || uncertain(m, n_x).length) return [];
  return held.filter(({ seconds, off }) => seconds * (1 - off) <= held[0].seconds * (1 + held[0].off));
}

// Charts

const QUANTITIES = {
  time: {
    words: "time of one gradient",
    write: duration,
    figures: (row) => [row.median_s, row.low_s, row.high_s, row.confidence],
  },
  share: {
    words: "share of the limit",
    write: percent,
    tell: (row) =>
      percent(row.share) +
      (row.share === null
        ? ""
        : ` (${row.computing ? "arithmetic" : "reading"})${row.limit_disturbed ? " disturbed" : ""}`),
    figures: (row) => [row.share, row.share_low, row.share_high, row.confidence],
  },
  error: {
    words: "error / bound",
    write: (value, digits = 2) => significant(value, digits),
    mark: scientific,
    figures: (row) => [row.error_over_bound, null, null],
  },
  speedup: {
    words: "speed-up",
    write: times,
    figures: (row) => {
      const base = row.of.rows.find(
        (other) => other.impl === state.baseline && other.m === row.m && other.n_x === row.n_x,
      );
      if (!base) return [null, null, null];
      return base === row ? [1, 1, 1] : ratio(base, row);
    },
  },
};

function linesOf(id, shown, dash, suffix) {
  const quantity = QUANTITIES[id],
    { moving } = slice();
  return implsOf(shown).map((impl) => {
    const mine = shown.filter((row) => row.impl === impl).sort((a, b) => a[moving] - b[moving]);
    const figures = mine.map(quantity.figures);
    return curve(
      impl,
      name(impl) + suffix,
      mine.map((row) => row[moving]),
      figures.map(([middle]) => middle),
      mine.map((row) => hover(row, quantity) + plain(suffix)),
      {
        dash,
        error_y: {
          type: "data",
          symmetric: false,
          thickness: 1.2,
          width: 3,
          array: figures.map(([a, , high]) => (high ?? a) - a),
          arrayminus: figures.map(([a, low]) => a - (low ?? a)),
        },
      },
    );
  });
}

const unsure = (confidence) => (confidence < 0.95 ? ` (${Math.floor(100 * confidence)} %)` : "");
const told = (quantity, row, value) => (quantity.tell ? quantity.tell(row) : quantity.write(value));

function hover(row, quantity) {
  const [middle, low, high, sure] = quantity.figures(row);
  const interval = low === null ? "" : `<br>interval ${quantity.write(low)} to ${quantity.write(high)}${unsure(sure)}`;
  return (
    `<b>${plain(name(row.impl))}</b><br>m = ${count(row.m)}, n_x = ${count(row.n_x)}<br>` +
    `${quantity.words} ${told(quantity, row, middle)}${interval}<br>${row.samples} samples`
  );
}

// Show a row for each implementation, the fastest on top: of a single size there are no lines.
function dots(id, shown) {
  const quantity = QUANTITIES[id];
  const traces = shown.map((row) => {
    const [middle, low, high] = quantity.figures(row);
    return curve(row.impl, name(row.impl), [middle], [plain(name(row.impl))], [hover(row, quantity)], {
      size: 11,
      error_x: {
        type: "data",
        symmetric: false,
        thickness: 1.6,
        width: 4,
        array: [(high ?? middle) - middle],
        arrayminus: [middle - (low ?? middle)],
      },
    });
  });
  const values = shown.map((row) => quantity.figures(row)[0]);
  const names = shown.map((row) => plain(name(row.impl))).reverse();
  const axes = {
    xaxis: { type: "log", ...ticks(values, quantity.mark ?? quantity.write), title: quantity.words },
    yaxis: { type: "category", categoryorder: "array", categoryarray: names },
    height: 100 + 34 * names.length,
    margin: { l: 75, r: 15, t: 40, b: 50 }, // the buttons are above the first row
  };
  chart(id, traces, axes, inWords(id, shown));
}

function lines(id) {
  const { moving } = slice();
  const shown = inSlice().filter((row) => QUANTITIES[id].figures(row)[0] > 0);
  const single = slice().sizes.length === 1 && !data.settings[state.beside];
  $(id).classList.toggle("rows", single);
  if (single) return dots(id, shown);
  const traces = linesOf(id, shown, "solid", "");
  const beside = data.settings[state.beside];
  if (beside)
    traces.push(
      ...linesOf(
        id,
        inSlice(beside).filter((row) => QUANTITIES[id].figures(row)[0] > 0),
        "dash",
        ` (${beside.label})`,
      ),
    );
  if (id === "time") {
    traces.push(...predicted());
    for (const [onGpu, called] of [
      [false, "the limit"],
      [true, "the GPU's limit"],
    ]) {
      const its = inSlice().filter((row) => row.floor_s > 0 && name(row.impl).endsWith("@cuda") === onGpu);
      const known = new Map(its.map((row) => [row[moving], row]));
      const limit = [...known.values()].sort((a, b) => a[moving] - b[moving]);
      if (limit.length)
        traces.push({
          type: "scatter",
          mode: "lines",
          name: called,
          meta: called,
          x: limit.map((row) => row[moving]),
          y: limit.map((row) => row.floor_s),
          hovertemplate: `${called}, %{text}<extra></extra>`,
          text: limit.map(
            (row) => `${row.computing ? "arithmetic alone" : "reading X once"}: ${duration(row.floor_s)}`,
          ),
          line: { color: css("--faint"), dash: "dot", width: 2 },
        });
    }
  }
  const values = traces.flatMap((trace) => trace.y);
  const quantity = QUANTITIES[id];
  const axes = {
    xaxis: { type: "log", title: moving === "m" ? "m (examples)" : "n_x (features)", ...sizeTicks(slice().sizes) },
    yaxis: { type: "log", ...ticks(values, quantity.mark ?? quantity.write), title: quantity.words },
  };
  chart(id, traces, withNames(id, traces, axes), inWords(id, shown));
}

// Return dashes from measured points to predicted ones, which are hollow.
function predicted() {
  const { moving, fixed, value } = slice();
  const its = setting()
    .predicted.map(([impl, m, n_x, seconds]) => ({ impl, m, n_x, seconds }))
    .filter((one) => visible(one.impl) && one[fixed] === value);
  return implsOf(its).map((impl) => {
    const missing = its.filter((one) => one.impl === impl).map((one) => [one[moving], one.seconds, true]);
    const every = [
      ...inSlice()
        .filter((row) => row.impl === impl)
        .map((row) => [row[moving], row.median_s, false]),
      ...missing,
    ].sort((a, b) => a[0] - b[0]);
    const near = every.filter(([, , own], place) => own || every[place - 1]?.[2] || every[place + 1]?.[2]);
    const made = curve(
      impl,
      `≈ ${name(impl)}`,
      near.map(([x]) => x),
      near.map(([, y]) => y),
      near.map(
        ([x, y, own]) =>
          `<b>${plain(name(impl))}</b><br>${moving} = ${count(x)}<br>${own ? `predicted, not measured: ≈ ${duration(y)}` : duration(y)}`,
      ),
      { dash: "dash", symbol: `${MARKERS[impl % MARKERS.length]}-open` },
    );
    return { ...made, marker: { ...made.marker, opacity: near.map(([, , own]) => Number(own)) } };
  });
}

// Return ticks at the measured sizes, or at powers of ten where they are too close.
function sizeTicks(sizes) {
  const logs = sizes.map(Math.log10),
    span = logs.at(-1) - logs[0];
  const apart = logs.slice(1).every((log, place) => log - logs[place] >= 0.08 * span);
  const powers = Array.from({ length: 16 }, (_, power) => 10 ** power);
  const tickvals = apart ? sizes : powers;
  return { tickvals, ticktext: tickvals.map(count) };
}

function inWords(id, shown) {
  const quantity = QUANTITIES[id],
    { moving } = slice();
  if (!shown.length) return `No ${quantity.words} is known ${sliceWords(slice())}.`;
  const largest = Math.max(...shown.map((row) => row[moving]));
  const last = shown.filter((row) => row[moving] === largest); // the fastest first, in the order of all rows
  if (id === "error") last.sort((a, b) => a.error_over_bound - b.error_over_bound);
  const each = last.map((row) => `${name(row.impl)} ${told(quantity, row, quantity.figures(row)[0])}`).join(", ");
  const dashed = id === "time" && predicted().length ? " Dashed, ≈: predicted." : "";
  const where = slice().sizes.length > 1 ? `. At ${moving} = ${count(largest)}` : "";
  return `${quantity.words[0].toUpperCase()}${quantity.words.slice(1)} ${sliceWords(slice())}${where}: ${each}.${dashed}`;
}

function winnerMap() {
  const ms = distinct(rows().map((row) => row.m)),
    n_xs = distinct(rows().map((row) => row.n_x));
  const impls = implsOf(rows());
  const cells = n_xs.map((n_x) => ms.map((m) => fastest(m, n_x)));
  const scale = impls.flatMap((impl, place) => [
    [place / impls.length, colour(impl)],
    [(place + 1) / impls.length, colour(impl)],
  ]);
  const overlooked = new Map(
    setting()
      .overlooked.filter(([impl]) => visible(impl))
      .map(([impl, m, n_x, seconds]) => [`${m} ${n_x}`, `${name(impl)} ≈ ${duration(seconds)}`]),
  );
  const tell = (best, m, n_x) => {
    if (!best.length) return `m = ${count(m)}, n_x = ${count(n_x)}<br>not measured, or only one implementation`;
    const first = rows().find((row) => row.impl === best[0] && row.m === m && row.n_x === n_x);
    const missing = overlooked.get(`${m} ${n_x}`);
    return (
      hover(first, QUANTITIES.time) +
      (best.length > 1 ? `<br>tied: ${named(best, (impl) => plain(name(impl)))}` : "") +
      (missing ? `<br>not measured, but the fastest as predicted: ${plain(missing)}` : "")
    );
  };
  const trace = {
    type: "heatmap",
    x: [...ms.keys()],
    y: [...n_xs.keys()],
    xgap: 2,
    ygap: 2,
    showscale: false,
    zmin: -0.5,
    zmax: impls.length - 0.5,
    z: cells.map((line) => line.map((best) => (best.length ? impls.indexOf(best[0]) : null))),
    colorscale: scale.length ? scale : undefined,
    text: cells.map((line, y) => line.map((best, x) => tell(best, ms[x], n_xs[y]))),
    hovertemplate: "%{text}<extra></extra>",
  };
  const all = cells.flat().filter((best) => best.length);
  const counts = impls.map((impl) => [
    impl,
    all.filter((best) => best.length === 1 && best[0] === impl).length,
    all.filter((best) => best.length > 1 && best.includes(impl)).length,
  ]);
  const most = counts
    .filter(([, alone, tied]) => alone + tied)
    .sort((a, b) => b[1] + b[2] - a[1] - a[2] || b[1] - a[1])
    .map(([impl, alone, tied]) => `${name(impl)} in ${alone}${tied ? `, tied in ${tied}` : ""}`);
  const marks = cells
    .flatMap((line, y) =>
      line.map((best, x) => {
        const text = (best.length > 1 ? "=" : "") + (best.length && overlooked.has(`${ms[x]} ${n_xs[y]}`) ? "?" : "");
        return text && { x, y, text, showarrow: false, font: { color: css("--paper"), size: 16 } };
      }),
    )
    .filter(Boolean);
  const meanings = [
    ["=", "are ties: another implementation is not shown to be more than 5 % slower"],
    ["?", "lack the implementation that is the fastest as predicted"],
  ]
    .filter(([mark]) => marks.some(({ text }) => text.includes(mark)))
    .map(([mark, words]) => ` Cells marked ${mark} ${words}.`);
  chart(
    "winners",
    [trace],
    {
      xaxis: {
        title: "m (examples)",
        tickvals: [...ms.keys()],
        ticktext: ms.map(count),
        tickangle: wide.matches ? 0 : -45, // to the left, where the last label has room
        showgrid: false,
      },
      yaxis: { title: "n_x (features)", tickvals: [...n_xs.keys()], ticktext: n_xs.map(count), showgrid: false },
      annotations: marks,
    },
    `The fastest of ${all.length} cells: ${most.join("; ") || "none"}.${meanings.join("")} Colours are those of the buttons above.`,
  );
  list("overtakings", setting().overtakings);
}

function cellsMeasured() {
  const seen = new Map(setting().rows.map((row) => [`${row.m} ${row.n_x}`, [row.m, row.n_x]]));
  return [...seen.values()].sort((a, b) => a[0] * a[1] - b[0] * b[1] || a[0] - b[0]);
}

function modelBars() {
  $("model-section").hidden = !setting().models.length;
  if ($("model-section").hidden) return;
  const [m, n_x] = cellsMeasured()[state.cell];
  const found = predictions(m, n_x),
    upwards = [...found].reverse();
  const shades = dark() ? ["#9ecae9", "#f2b872", "#c7a9d9", "#7fc8a9"] : ["#0072b2", "#e69f00", "#8a5fa8", "#009e73"];
  const traces = TERMS.map((term, place) => ({
    type: "bar",
    orientation: "h",
    name: term,
    marker: { color: shades[place] },
    y: upwards.map(({ impl }) => plain(name(impl))),
    x: upwards.map(({ parts, seconds }) => (100 * parts[place]) / seconds),
    text: upwards.map(
      ({ impl, parts, seconds, error }) =>
        `${plain(name(impl))}: ${term} ${duration(parts[place])} of ${duration(seconds)}<br>predicted; median error of the model there: ${percent(error)}`,
    ),
    textposition: "none",
    hovertemplate: "%{text}<extra></extra>",
  }));
  const each = found.map(
    ({ impl, parts, seconds }) =>
      `${name(impl)} ≈ ${duration(seconds)}, mostly ${TERMS[parts.indexOf(Math.max(...parts))]}`,
  );
  chart(
    "model",
    traces,
    {
      barmode: "stack",
      showlegend: true,
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", traceorder: "normal" },
      margin: { l: 150, r: 15, t: wide.matches ? 30 : 100, b: 50 }, // on a phone the legend has four lines
      xaxis: { title: "share of the time, %", range: [0, 100] },
    },
    found.length
      ? `Predicted at m = ${count(m)}, n_x = ${count(n_x)}: ${each.join("; ")}.`
      : `No model predicts the time at m = ${count(m)}, n_x = ${count(n_x)}.`,
  );
}

function modelTable() {
  const heads = ["implementation", "sizes", "a call", "an example", "a feature", "an element", "median error"];
  const shown = setting().models.filter((piece) => visible(piece.impl));
  fill(
    $("models"),
    heads,
    shown.map((piece, place) => {
      const first = place === 0 || shown[place - 1].impl !== piece.impl;
      const made = line("td", [
        first ? name(piece.impl) : "",
        piece.where,
        ...piece.terms.map((seconds) => duration(seconds, 2)),
        percent(piece.error),
      ]);
      piece.terms.forEach((_, term) => {
        const interval = `${duration(piece.lows[term], 2)} to ${duration(piece.highs[term], 2)}`;
        made.cells[term + 2].append(element("br"), element("small", { textContent: interval }));
      });
      return made;
    }),
  );
}

// Answer which implementation to use: the fastest by its model, and the time of the baseline.

const rowOf = (impl, m, n_x) => setting().rows.find((row) => row.impl === impl && row.m === m && row.n_x === n_x);

function advice() {
  const m = Number($("ask-m").value),
    n_x = Number($("ask-n_x").value);
  const asked = [m, n_x].every((size) => Number.isFinite(size) && size >= 1);
  $("advice").textContent = !asked
    ? "(give two numbers of 1 or more)"
    : fastest(m, n_x).length
      ? measuredAdvice(m, n_x)
      : predictedAdvice(m, n_x);
}
const alsoTold = (impl, place) => place < 2 || impl === state.baseline || name(impl) === "numpy_vectorized";

function measuredAdvice(m, n_x) {
  const best = fastest(m, n_x),
    first = rowOf(best[0], m, n_x);
  const others = rows()
    .filter((row) => row.m === m && row.n_x === n_x && !best.includes(row.impl))
    .filter((row, place) => alsoTold(row.impl, place));
  const beside = others.map(
    (row) => `${name(row.impl)} ${duration(row.median_s, 2)} (${times(ratio(row, first)[0], 2)})`,
  );
  return `${named(best)}${best.length > 1 ? " (tied)" : ""}, ${duration(first.median_s, 2)} a gradient${beside.length ? `; ${beside.join(", ")}` : ""}. Measured.`;
}

// Return why there is no prediction, and what to do.
function noPrediction(m, n_x) {
  const open = uncertain(m, n_x),
    [first] = predictions(m, n_x),
    measure = `measure it: gradrace run --m ${m} --nx ${n_x}`;
  if (open.length)
    return `no prediction: ${named(open)} may be faster than ${name(first.impl)} (≈ ${duration(first.seconds, 2)}), as too little was measured to tell; ${measure}`;
  const seen = (axis) => distinct(rows().map((row) => row[axis]));
  const [ms, n_xs] = [seen("m"), seen("n_x")];
  return ms.length
    ? `no prediction: the measured sizes are m from ${count(ms[0])} to ${count(ms.at(-1))} and n_x from ${count(n_xs[0])} to ${count(n_xs.at(-1))}; ask for nearer ones, or ${measure}`
    : "no implementation is shown";
}

function predictedAdvice(m, n_x) {
  const best = likelyFastest(m, n_x);
  if (!best.length) return noPrediction(m, n_x);
  const tied = best.map(({ impl }) => impl);
  const others = predictions(m, n_x)
    .filter(({ impl }) => !tied.includes(impl))
    .filter(({ impl }, place) => alsoTold(impl, place));
  const beside = others.map(
    ({ impl, seconds }) => `${name(impl)} ≈ ${duration(seconds, 2)} (${times(seconds / best[0].seconds, 2)})`,
  );
  return `${named(tied)}${tied.length > 1 ? " (tied)" : ""}, ≈ ${duration(best[0].seconds, 2)} a gradient${beside.length ? `; ${beside.join(", ")}` : ""}. Predicted by the models below.`;
}

// The table

const COLUMNS = [
  ["implementation", (row) => name(row.impl), (value) => value],
  ["place", place, (value) => value],
  ["m", (row) => row.m, count],
  ["n_x", (row) => row.n_x, count],
  ["time", (row) => row.median_s, duration],
  ["from", (row) => row.low_s, duration],
  ["to", (row) => row.high_s, duration, (row) => duration(row.high_s) + unsure(row.confidence)],
  ["speed-up", (row) => QUANTITIES.speedup.figures(row)[0], times],
  ["of the limit", (row) => row.share, percent, QUANTITIES.share.tell],
  ["error / bound", (row) => row.error_over_bound, (value) => significant(value, 2)],
  ["step of a descent", (row) => row.step_s, duration],
  ["start-up", (row) => row.startup_s, duration],
  ["prepare", (row) => row.prepare_s, duration],
  ["first call", (row) => row.first_call_s, duration],
  ["peak memory", (row) => row.peak_rss_bytes, (value) => (value === null ? "—" : `${significant(value / 1e6)} MB`)],
  ["samples", (row) => row.samples, String],
];

function table() {
  const [column, direction] = state.sort,
    key = COLUMNS[column][1];
  const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (row) => words.every((word) => `${name(row.impl)} ${row.m} ${row.n_x}`.toLowerCase().includes(word));
  const compare = (a, b) => (a === b ? 0 : a === null ? 1 : b === null ? -1 : direction * (a < b ? -1 : 1));
  const shown = rows()
    .filter(matches)
    .sort((a, b) => compare(key(a), key(b)) || a.m * a.n_x - b.m * b.n_x);
  fill(
    $("table"),
    COLUMNS.map(([head]) => head),
    shown.slice(0, MOST_ROWS).map((row) =>
      line(
        "td",
        COLUMNS.map(([, value, write, tell]) => (tell ? tell(row) : write(value(row)))),
      ),
    ),
  );
  [...$("table").tHead.rows[0].cells].forEach((cell, place) => {
    const press = element("button", { type: "button" }, ...cell.childNodes);
    press.onclick = () => {
      state.sort = [place, place === column ? -direction : 1];
      table();
      $("table").tHead.rows[0].cells[place].firstChild.focus();
    };
    cell.append(press);
    cell.setAttribute("aria-sort", place !== column ? "none" : direction > 0 ? "ascending" : "descending");
  });
  $("table").caption.textContent =
    `${count(shown.length)} rows${shown.length > MOST_ROWS ? `, the first ${MOST_ROWS} are shown` : ""}. Press a column head to sort by it.`;
}

// Choices

function choices() {
  const impls = implsOf(setting().rows);
  if (!impls.includes(state.baseline)) state.baseline = impls[0];
  state.cell = Math.min(state.cell, cellsMeasured().length - 1);
  state.slice = Math.min(state.slice, slices().length - 1);
  $("setting-choice").hidden = data.settings.length < 2;
  $("ratios").textContent = Object.keys(setting().pairs).length
    ? "Ratios are taken within rounds."
    : "Ratios are of medians, without intervals: the rounds aren't known, or there are too many cells.";
  $("beside-choice").hidden = data.settings.length < 2;
  const alone = impls.length < 2;
  for (const id of ["baseline", "speedup"]) $(id).parentElement.hidden = alone;
  $("winners").parentElement.hidden = alone || cellsMeasured().length < 2;
  options(
    "setting",
    data.settings.map((one) => one.label),
    state.setting,
    (value) => {
      state.setting = value;
    },
  );
  const others = data.settings.map((one, place) => [one.label, place]).filter(([, place]) => place !== state.setting);
  if (state.beside === state.setting) state.beside = null;
  options(
    "beside",
    ["nothing", ...others.map(([label]) => label)],
    others.findIndex(([, place]) => place === state.beside) + 1,
    (value) => {
      state.beside = value ? others[value - 1][1] : null;
    },
  );
  options("slice", slices().map(sliceWords), state.slice, (value) => {
    state.slice = value;
  });
  options("baseline", impls.map(name), impls.indexOf(state.baseline), (value) => {
    state.baseline = impls[value];
  });
  options(
    "cell",
    cellsMeasured().map(([m, n_x]) => `m = ${count(m)}, n_x = ${count(n_x)}`),
    state.cell,
    (value) => {
      state.cell = value;
    },
  );
  document.querySelectorAll(".baseline-name").forEach((place) => {
    place.textContent = name(state.baseline);
  });
}

// Charts are drawn when they come into view: the first screen doesn't wait for the last.
const CHARTS = {
  time: () => lines("time"),
  speedup: () => lines("speedup"),
  share: () => lines("share"),
  winners: winnerMap,
  model: modelBars,
  error: () => lines("error"),
};
const seen = new Set();
const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries)
      if (entry.isIntersecting && !seen.has(entry.target.id)) {
        seen.add(entry.target.id);
        CHARTS[entry.target.id]();
      }
  },
  { rootMargin: "200px" },
);

function draw() {
  choices();
  legend(implsOf(setting().rows));
  advice();
  for (const id of seen) CHARTS[id]();
  showGrid($("gpu"), setting().gpu);
  showGrid($("noise"), setting().noise);
  modelTable(); // at once, unlike its chart: a part that grows while a reader scrolls moves the button under the cursor
  table();
}

function start() {
  frame();
  for (const id of ["ask-m", "ask-n_x"]) $(id).oninput = advice;
  $("filter").oninput = () => {
    state.filter = $("filter").value;
    table();
  };
  if (!data.settings.length) {
    document.querySelector("nav").hidden = $("ask").hidden = true;
    return;
  }
  $("ask").hidden = !data.settings.some((one) => one.models.length);
  if (data.start) {
    const [place, m, n_x] = data.start;
    state.setting = place;
    state.slice = Math.max(
      0,
      slices().findIndex((one) => one.fixed === "n_x" && one.value === n_x),
    );
    state.cell = Math.max(
      0,
      cellsMeasured().findIndex(([a, b]) => a === m && b === n_x),
    );
  }
  draw();
  for (const id of Object.keys(CHARTS)) watcher.observe($(id));
  addEventListener("beforeprint", () => {
    for (const id of Object.keys(CHARTS))
      if (!seen.has(id)) {
        seen.add(id);
        CHARTS[id]();
      }
  });
}
start();
