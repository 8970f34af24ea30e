// The chart of an account's ARR, drawn on the page and again when a section is loaded.
function drawArr(root) {
  const node = root.querySelector("[data-arr-chart]");
  if (!node || node.dataset.drawn || typeof draw !== "function") return;
  node.dataset.drawn = "1";
  const { currency, points } = data("d-arr");
  const whole = new Intl.NumberFormat("en-US", { style: "currency", currency, maximumFractionDigits: 0 });
  const short = new Intl.NumberFormat("en-US", { style: "currency", currency, notation: "compact", maximumSignificantDigits: 3 });
  const last = points[points.length - 1];
  draw(node.id, {
    grid: { left: 52, right: 16, top: 14, bottom: 22 },
    xAxis: { type: "time", axisTick: { show: false }, axisLine: { lineStyle: { color: token("line") } }, axisLabel: { ...label, hideOverlap: true, formatter: { year: "{yyyy}", month: "{MMM}", day: "" } }, splitLine: { show: false } },
    yAxis: yAxis({ scale: false, min: 0, axisLabel: { ...label, formatter: (value) => short.format(value) } }),
    tooltip: { ...base.tooltip, valueFormatter: (value) => whole.format(value) },
    series: [{
      name: "ARR", type: "line", step: "end", data: points, symbol: "circle", symbolSize: 7, showSymbol: points.length < 14,
      itemStyle: { color: token("surface"), borderColor: token("c1"), borderWidth: 2 }, lineStyle: { color: token("c1"), width: 2 }, areaStyle: { color: token("c1"), opacity: .07 },
      markPoint: { symbol: "circle", symbolSize: 7, itemStyle: { color: token("c1") }, label: { show: false }, data: [{ coord: last }] },
    }],
  });
}
// On a phone the sections stand in one line: the open one is brought into sight.
function showSection() {
  const nav = document.querySelector(".acc-nav");
  const open = nav?.querySelector("[aria-current]");
  if (open && nav.scrollWidth > nav.clientWidth) nav.scrollLeft = open.offsetLeft - (nav.clientWidth - open.offsetWidth) / 2;
}
function drawn(root) {
  drawArr(root);
  showSection();
}
document.addEventListener("DOMContentLoaded", () => drawn(document));
document.addEventListener("htmx:afterSettle", (event) => drawn(event.detail.elt ?? document));
