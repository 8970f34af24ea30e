// Planned hours a week as bars, what is late on top; what can be planned and what is worked as lines; a bar over its line is told in the sentence beside it.
const hours = data("d-capacity");
const line = (name, values, colour, type) => ({
  name, type: "line", data: values, step: "middle", symbol: "none", lineStyle: { color: token(colour), width: 1.5, type },
  endLabel: { show: true, formatter: name, color: token("ink-3"), fontSize: 11, fontFamily: token("font") },
});
draw("c-capacity", {
  aria: { enabled: false }, // the page has its own sentence
  grid: { left: 36, right: 74, top: 12, bottom: 22 },
  tooltip: { ...base.tooltip, valueFormatter: (value) => `${value} h` },
  xAxis: xAxis(hours.weeks, { boundaryGap: true }),
  yAxis: yAxis({ axisLabel: { ...label, formatter: "{value} h" } }),
  series: [
    { name: "Planned", type: "bar", stack: "work", data: hours.planned, barMaxWidth: 28, itemStyle: { color: token("c1") } },
    { name: "Late", type: "bar", stack: "work", data: hours.late, barMaxWidth: 28, itemStyle: { color: token("c3") }, label: { ...label, show: true, position: "top", formatter: ({ value }) => (value ? "Late" : "") } },
    line("Plannable", hours.plannable, "ink-2", "solid"),
    line("Working", hours.working, "ink-3", "dashed"),
  ],
});
