// The bars of the portfolio report: one colour, a bar in the row of its word, the figure beside it; a click opens its list.
for (const [key, bars] of Object.entries(data("d-charts"))) {
  const chart = draw(`c-${key}`, {
    aria: { enabled: false }, // the page has its own sentence
    grid: { left: 2, right: 10, top: 0, bottom: 0 },
    tooltip: { ...base.tooltip, trigger: "item", formatter: ({ dataIndex }) => `${bars[dataIndex].label}: ${bars[dataIndex].shown}`, renderMode: "richText", backgroundColor: token("surface") },
    xAxis: { type: "value", show: false, min: 0, max: Math.max(1, ...bars.map((bar) => bar.value)) },
    yAxis: { type: "category", inverse: true, show: false, data: bars.map((bar) => bar.label) },
    series: [{ type: "bar", data: bars.map((bar) => bar.value), barWidth: 12, barMinHeight: 2, cursor: "pointer", itemStyle: { color: token("c1"), borderRadius: [0, 3, 3, 0] } }],
  });
  chart?.on("click", ({ dataIndex }) => { location.href = bars[dataIndex].url; });
}
