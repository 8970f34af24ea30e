// The bars of the portfolio report: one colour, labels on the bars, no legend.
const charts = document.getElementById("d-charts") ? data("d-charts") : {};
const short = (value) => (value >= 1e6 ? `$${(value / 1e6).toFixed(2)}M` : value >= 1e4 ? `$${Math.round(value / 1e3)}k` : `$${Math.round(value).toLocaleString("en-US")}`);
for (const [key, chart] of Object.entries(charts)) {
  draw(`c-${key}`, {
    grid: { left: 4, right: 64, top: 2, bottom: 2, containLabel: true },
    tooltip: { show: false },
    xAxis: { type: "value", show: false, min: 0 },
    yAxis: { type: "category", inverse: true, data: chart.labels, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { ...label, color: token("ink-2"), fontSize: 12, width: 130, overflow: "truncate" } },
    series: [{ type: "bar", data: chart.arr, barMaxWidth: 14, barMinHeight: 1, itemStyle: { color: token("c1"), borderRadius: [0, 3, 3, 0] }, label: { show: true, position: "right", ...label, color: token("ink"), formatter: ({ value }) => short(value) } }],
  });
}
