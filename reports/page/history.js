// A history: what became of each implementation, run by run.

const shown = { cell: data.start, figure: 1 };

function lines(one) {
  const points = one.points.filter((point) => point[shown.figure] !== null);
  const write = shown.figure === 1 ? percent : times;
  return {
    type: "scatter", mode: "lines+markers", name: plain(name(one.impl)), x: points.map(([run]) => run), y: points.map((point) => point[shown.figure]),
    text: points.map((point) => `<b>${plain(name(one.impl))}</b> ${write(point[shown.figure])}<br>commit ${plain(data.runs[point[0]][1])}<br>${plain(data.runs[point[0]][0])}<br>${plain(data.runs[point[0]][2])}`),
    hovertemplate: "%{text}<extra></extra>", line: { color: colour(one.impl), width: 2 },
    marker: { color: colour(one.impl), size: points.map(([run]) => (one.steps.includes(run) ? 14 : 7)), symbol: points.map(([run]) => MARKERS[one.impl % MARKERS.length] + (one.steps.includes(run) ? "-open" : "")) },
  };
}

function draw() {
  const here = data.series.filter((one) => one.cell === shown.cell);
  legend([...new Set(here.map((one) => one.impl))], draw);
  const traces = here.filter((one) => visible(one.impl)).map(lines);
  const write = shown.figure === 1 ? percent : times;
  const marks = data.runs.map((_, run) => run).filter((run) => run % Math.ceil(data.runs.length / 8) === 0);
  const told = here.filter((one) => visible(one.impl)).map((one) => `${name(one.impl)} ${write(one.points.at(-1)[shown.figure])}`).join(", ");
  chart("history", traces, {
    xaxis: { title: "runs, the earliest first", tickvals: marks, ticktext: marks.map((run) => data.runs[run][0].slice(0, 10)) },
    yaxis: { type: "log", title: $("figure").selectedOptions[0].textContent, ...ticks(traces.flatMap(({ y }) => y), write) },
  }, `${data.cells[shown.cell]}, the latest: ${told || "nobody is shown"}.`);
}

frame(draw);
$("cell").replaceChildren(...data.cells.map((label, cell) => new Option(label, cell, cell === shown.cell, cell === shown.cell)));
$("cell").onchange = () => { shown.cell = Number($("cell").value); draw(); };
$("figure").onchange = () => { shown.figure = Number($("figure").value); draw(); };
draw();
