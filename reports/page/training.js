// Page of a training: the costs of each implementation, tables and pictures.

const descents = () => data.impls.map((one, impl) => ({ ...one, impl })).filter(({ impl }) => visible(impl));

function trace(one, points, along, dash) {
  const predicted = dash === "dot";
  const told = ([iteration, seconds, J]) =>
    `<b>${plain(one.name)}</b><br>iteration ${count(iteration)} ${seconds === null ? "" : `after ${duration(seconds)}`}<br>cost ${J.toFixed(6)}${predicted ? "<br>predicted" : ""}`;
  return curve(
    one.impl,
    one.name,
    points.map((point) => point[along]),
    points.map(([, , J]) => J),
    points.map(told),
    { dash, size: predicted ? 4 : 7, symbol: `${MARKERS[one.impl % MARKERS.length]}${predicted ? "-open" : ""}` },
  );
}

const last = (one) => (one.ahead.length ? one.ahead : one.looks).at(-1);

function againstSeconds() {
  $("seconds-section").hidden = data.impls.length < 2;
  if ($("seconds-section").hidden) return;
  const shown = descents();
  const positive = (points) => points.filter(([, seconds]) => seconds > 0);
  const traces = shown.flatMap((one) => [
    trace(one, positive(one.looks), 1, "solid"),
    ...(one.ahead.length ? [trace(one, positive(one.ahead), 1, "dot")] : []),
  ]);
  const values = traces.flatMap(({ x }) => x);
  const told = shown
    .map((one) => `${one.name} ${one.ahead.length ? "about " : ""}${duration(last(one)[1])}`)
    .join(", ");
  chart(
    "seconds",
    traces,
    {
      xaxis: { type: "log", title: "seconds of all steps", ...ticks(values, duration) },
      yaxis: { title: "cost J", rangemode: "tozero" },
    },
    `Seconds to iteration ${count(data.costs.at(-1)[0])}: ${told || "no implementation is shown"}.`,
  );
}

function againstIterations() {
  const traces = descents().map((one) => trace(one, one.looks, 0, "solid"));
  const [[, first], [iterations, J]] = [data.costs[0], data.costs.at(-1)];
  chart(
    "iterations",
    traces,
    { xaxis: { title: "iteration" }, yaxis: { title: "cost J", rangemode: "tozero" } },
    `The cost goes from ${first.toFixed(6)} to ${J.toFixed(6)} in ${count(iterations)} iterations${data.impls.length > 1 ? `; ${data.impls.filter((one) => !one.ahead.length).length} of ${data.impls.length} implementations reached the end` : ""}.`,
  );
}

function draw() {
  document.querySelector("nav").hidden = data.impls.length < 2;
  legend([...data.impls.keys()]);
  againstSeconds();
  againstIterations();
}

frame();
$("seconds-note").textContent =
  `Seconds of all steps until then, from the end of the first one on.${data.impls.some(({ looks }) => looks.length > data.costs.length) ? ` Before iteration ${count(data.costs[1][0])}, the costs are those of the reference descent.` : ""}${data.impls.some((one) => one.ahead.length) ? " Dotted: predicted, as the budget ended before." : ""}`;
$("tables").replaceChildren(...data.tables.map((grid) => showGrid(element("section"), grid)));
$("pictures").replaceChildren(...data.pictures.map(({ file, title }) => element("img", { src: file, alt: title })));
$("pictures-section").hidden = !data.pictures.length;
draw();
