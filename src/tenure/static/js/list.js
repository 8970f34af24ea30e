// Lists: selection and the bulk bar, keys, the column chooser, adding a sort with Shift.
const money = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const boxes = () => [...document.querySelectorAll("[data-selectable] [data-select]")];
const bar = document.querySelector("[data-bulk]");
let everything = false;

function refresh() {
  if (!bar) return;
  const chosen = boxes().filter((box) => box.checked);
  for (const box of boxes()) box.closest("tr").setAttribute("aria-selected", String(box.checked));
  const all = document.querySelector("[data-select-all]");
  if (all) { all.checked = chosen.length > 0 && chosen.length === boxes().length; all.indeterminate = chosen.length > 0 && !all.checked; }
  if (!chosen.length) everything = false;
  bar.hidden = chosen.length === 0;
  const arr = chosen.reduce((sum, box) => sum + Number(box.dataset.arr) / 100, 0);
  const count = everything ? Number(bar.querySelector("[data-bulk-all]").dataset.count) : chosen.length;
  bar.querySelector("[data-bulk-count]").textContent = `${count.toLocaleString("en-US")} selected`;
  bar.querySelector("[data-bulk-sum]").textContent = everything ? "" : `${money.format(arr)} ARR`;
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches("[data-select-all], [data-select]")) { everything = false; refresh(); }
  if (event.target.matches("[data-operator]")) {
    const value = event.target.closest("form").querySelector("[data-value]");
    const operator = event.target.value;
    value.hidden = ["empty", "filled", "me", "team", "yes", "no"].includes(operator);
    const input = value.querySelector("input:not([type=checkbox])");
    if (input && ["number", "date"].includes(input.type)) {
      input.type = ["next", "past"].includes(operator) || event.target.querySelector("[value=gte]") ? "number" : "date";
      input.value = "";
    }
  }
});

function address(base, query, more = {}) {
  const params = new URLSearchParams(query);
  if (!everything) for (const box of boxes()) if (box.checked) params.append("id", box.value);
  for (const [name, value] of Object.entries(more)) params.set(name, value);
  return `${base}?${params}`;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-bulk-get], [data-bulk-export], [data-bulk-clear], [data-bulk-all], [data-up], [data-group]");
  if (!button) return;
  if (button.matches("[data-bulk-all]")) { everything = true; refresh(); }
  else if (button.matches("[data-bulk-clear]")) { for (const box of boxes()) box.checked = false; refresh(); }
  else if (button.matches("[data-bulk-get]")) {
    const ids = new URLSearchParams({ query: button.dataset.query, all: everything ? "1" : "" });
    if (!everything) for (const box of boxes()) if (box.checked) ids.append("id", box.value);
    htmx.ajax("GET", `${button.dataset.bulkGet}?${ids}`, { target: "#dialog", swap: "innerHTML" });
  } else if (button.matches("[data-bulk-export]")) location.href = address(button.dataset.bulkExport, button.dataset.query);
  else if (button.matches("[data-group]")) {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    document.querySelector(button.getAttribute("hx-target")).hidden = !open;
  } else if (button.matches("[data-up]")) {
    const row = button.closest("li");
    if (row.previousElementSibling) row.previousElementSibling.before(row);
    button.focus();
  }
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-add-sort]");
  if (link && event.shiftKey) { event.preventDefault(); location.href = link.dataset.addSort; }
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-columns]");
  if (form) form.elements.cols.value = [...form.querySelectorAll("li input:checked")].map((box) => box.value).join(",");
});

// j and k (or the arrows) move, x selects, Enter opens, / searches.
let place = -1;
function move(step) {
  const rows = boxes().map((box) => box.closest("tr"));
  if (!rows.length) return;
  place = Math.max(0, Math.min(rows.length - 1, place + step));
  for (const row of rows) row.classList.toggle("at", row === rows[place]);
  rows[place].scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input:not([data-select], [data-select-all]), select, textarea, button, details, [role=dialog]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = boxes()[place]?.closest("tr");
  if (event.key === "j" || event.key === "ArrowDown") move(1);
  else if (event.key === "k" || event.key === "ArrowUp") move(-1);
  else if (event.key === "x" && row) row.querySelector("[data-select]").click();
  else if (event.key === "Enter" && row && !event.target.closest("a")) row.querySelector("[data-open]").click();
  else if (event.key === "/") document.querySelector("[data-list-search]")?.focus();
  else return;
  event.preventDefault();
});
document.addEventListener("htmx:afterSwap", refresh);
refresh();
