// Page of a history: a figure of each implementation, run by run.

const shown = { cell: data.start, figure: 1 };

function lines(one) {
  const points = one.points.filter((point) => point[shown.figure] !== null);
  const write = shown.figure === 1 ? percent : times;
  const told = ([run, ...figures]) =>
    `<b>${plain(name(one.impl))}</b> ${write(figures[shown.figure - 1])}<br>commit ${plain(data.runs[run][1])}<br>${plain(data.runs[run][0])}<br>${plain(data.runs[run][2])}`;
  const marker = MARKERS[one.impl % MARKERS.length],
    begins = points.map(([run]) => one.steps.includes(run));
  return curve(
    one.impl,
    name(one.impl),
    points.map(([run]) => run),
    points.map((point) => point[shown.figure]),
    points.map(told),
    { size: begins.map((step) => (step ? 14 : 7)), symbol: begins.map((step) => marker + (step ? "-open" : "")) },
  );
}

function draw() {
  const here = data.series.filter((one) => one.cell === shown.cell);
  legend([...new Set(here.map((one) => one.impl))]);
  const traces = here.filter((one) => visible(one.impl)).map(lines);
  const write = shown.figure === 1 ? percent : times;
  const marks = data.runs.map((_, run) => run).filter((run) => run % Math.ceil(data.runs.length / 8) === 0);
  const told = here
    .filter((one) => visible(one.impl))
    .map((one) => `${name(one.impl)} ${write(one.points.at(-1)[shown.figure])}`)
    .join(", ");
  chart(
    "history",
    traces,
    withNames("history", traces, {
      xaxis: {
        title: "runs, the earliest first",
        tickvals: marks,
        ticktext: marks.map((run) => data.runs[run][0].slice(0, 10)),
      },
      yaxis: {
        type: "log",
        title: $("figure").selectedOptions[0].textContent,
        ...ticks(
          traces.flatMap(({ y }) => y),
          write,
        ),
      },
    }),
    `${data.cells[shown.cell]}, the latest: ${told || "no implementation is shown"}.`,
  );
}

frame();
options("cell", data.cells, shown.cell, (cell) => {
  shown.cell = cell;
});
options("figure", ["share of the limit", "speed-up over the slide's loop"], 0, (figure) => {
  shown.figure = figure + 1;
});
draw();
