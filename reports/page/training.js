// A training: the costs of everyone who descended, tables, pictures.

const descents = () => data.impls.map((one, impl) => ({ ...one, impl })).filter(({ impl }) => visible(impl));

function trace(one, points, along, dash) {
  return {
    type: "scatter", mode: "lines+markers", name: plain(one.name), x: points.map((point) => point[along]), y: points.map(([, , J]) => J),
    text: points.map(([iteration, seconds, J]) => `<b>${plain(one.name)}</b><br>iteration ${count(iteration)} ${seconds === null ? "" : `after ${duration(seconds)}`}<br>cost ${J.toFixed(6)}${dash === "dot" ? "<br>predicted" : ""}`),
    hovertemplate: "%{text}<extra></extra>", line: { color: colour(one.impl), width: 2, dash }, marker: { color: colour(one.impl), size: dash === "dot" ? 4 : 7, symbol: `${MARKERS[one.impl % MARKERS.length]}${dash === "dot" ? "-open" : ""}` },
  };
}

const last = (one) => (one.ahead.length ? one.ahead : one.looks).at(-1);

function againstSeconds() {
  $("seconds-section").hidden = data.impls.length < 2;
  if ($("seconds-section").hidden) return;
  const shown = descents();
  const positive = (points) => points.filter(([, seconds]) => seconds > 0);
  const traces = shown.flatMap((one) => [trace(one, positive(one.looks), 1, "solid"), ...(one.ahead.length ? [trace(one, positive(one.ahead), 1, "dot")] : [])]);
  const values = traces.flatMap(({ x }) => x);
  const told = shown.map((one) => `${one.name} ${one.ahead.length ? "about " : ""}${duration(last(one)[1])}`).join(", ");
  chart("seconds", traces, { xaxis: { type: "log", title: "seconds of all steps", ...ticks(values, duration) }, yaxis: { title: "cost J", rangemode: "tozero" } },
    `Seconds to iteration ${count(data.costs.at(-1)[0])}: ${told || "nobody is shown"}.`);
}

function againstIterations() {
  const traces = descents().map((one) => trace(one, one.looks, 0, "solid"));
  const [[, first], [iterations, J]] = [data.costs[0], data.costs.at(-1)];
  chart("iterations", traces, { xaxis: { title: "iteration" }, yaxis: { title: "cost J", rangemode: "tozero" } },
    `The cost goes from ${first.toFixed(6)} to ${J.toFixed(6)} in ${count(iterations)} iterations${data.impls.length > 1 ? `; ${data.impls.filter((one) => !one.ahead.length).length} of ${data.impls.length} implementations got so far` : ""}.`);
}

function table({ title, heads, rows, footnote }) {
  const section = document.createElement("section"), head = document.createElement("h2"), scroll = document.createElement("div"), made = document.createElement("table");
  head.textContent = title;
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", title);
  made.createTHead().append(line("th", heads));
  made.createTBody().append(...rows.map((row) => line("td", row)));
  if (footnote) made.createCaption().textContent = footnote;
  scroll.append(made);
  section.append(head, scroll);
  return section;
}

function picture({ file, title }) {
  const image = new Image();
  image.src = file;
  image.alt = title;
  return image;
}

function draw() {
  document.querySelector("nav").hidden = data.impls.length < 2;
  legend([...data.impls.keys()], draw);
  againstSeconds();
  againstIterations();
}

frame(draw);
$("seconds-note").textContent = `Seconds of all steps until then, from the first one on.${data.impls.some((one) => one.ahead.length) ? " What is dotted is predicted: the budget ended before." : ""}`;
$("tables").replaceChildren(...data.tables.map(table));
$("pictures").replaceChildren(...data.pictures.map(picture));
$("pictures-section").hidden = !data.pictures.length;
draw();
