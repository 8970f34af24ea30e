// Lists: selection and the bulk bar, keys, groups, the order of columns, narrowing of choices, a second sort with Shift.
const table = () => document.querySelector("[data-selectable]");
const rows = () => [...document.querySelectorAll("[data-row]")];
const boxOf = (row) => row.querySelector("[data-select]");
const amount = (minor) => {
  const currency = table().dataset.currency;
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency, maximumFractionDigits: 0 });
  return format.format(minor / 10 ** new Intl.NumberFormat("en-US", { style: "currency", currency }).resolvedOptions().maximumFractionDigits);
};

// ---------- selection
let last = null; // the row that was ticked last, from which Shift reaches
function show(everything = false) {
  const bar = document.querySelector("[data-bulk]");
  if (!bar || !table()) return;
  const chosen = rows().filter((row) => boxOf(row).checked);
  for (const row of rows()) row.setAttribute("aria-selected", String(boxOf(row).checked));
  const all = document.querySelector("[data-select-all]");
  all.checked = chosen.length > 0 && chosen.length === rows().length;
  all.indeterminate = chosen.length > 0 && !all.checked;
  bar.hidden = !chosen.length;
  const count = everything ? Number(bar.dataset.count) : chosen.length;
  const sum = everything ? Number(bar.dataset.sum) : chosen.reduce((total, row) => total + Number(boxOf(row).dataset.sum), 0);
  bar.querySelector("[data-bulk-count]").textContent = `${count.toLocaleString("en-US")} selected`;
  bar.querySelector("[data-bulk-sum]").textContent = `${amount(sum)} ARR`;
  bar.querySelector("[data-bulk-all]").hidden = everything || !all.checked || chosen.length >= Number(bar.dataset.count);
  document.querySelector("#picked [data-all]").value = everything ? "1" : "";
}
function tick(checked, which = rows()) {
  for (const row of which) boxOf(row).checked = checked;
  show();
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) tick(event.target.checked);
  else if (event.target.matches("[data-select]")) show();
});
document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-select]");
  if (box) {
    const row = box.closest("[data-row]");
    const [from, to] = [rows().indexOf(last), rows().indexOf(row)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) tick(box.checked, rows().slice(from, to + 1));
    last = row;
  }
  if (event.target.closest("[data-bulk-clear]")) tick(false);
  if (event.target.closest("[data-bulk-all]")) show(true);
});

// On a phone a touch beside the box ticks too, as does a long press, and a touch anywhere while something is ticked.
let press = null;
const narrow = window.matchMedia("(max-width: 820px)");
document.addEventListener("pointerdown", (event) => {
  const row = event.target.closest("[data-row]");
  if (!row || !narrow.matches) return;
  press = setTimeout(() => { boxOf(row).checked = !boxOf(row).checked; row.dataset.pressed = ""; show(); }, 500);
});
for (const name of ["pointerup", "pointercancel", "pointermove", "scroll"]) document.addEventListener(name, () => clearTimeout(press), true);
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (!row || !narrow.matches || event.target.closest("button, [data-select]")) return;
  if ("pressed" in row.dataset) { delete row.dataset.pressed; event.preventDefault(); return; }
  if (event.target.closest("td")?.contains(boxOf(row)) || rows().some((other) => boxOf(other).checked)) { event.preventDefault(); boxOf(row).checked = !boxOf(row).checked; show(); }
}, true);

// ---------- groups
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-group]");
  if (button) unfold(button, button.getAttribute("aria-expanded") !== "true");
});
function unfold(button, open) {
  button.setAttribute("aria-expanded", String(open));
  document.getElementById(button.getAttribute("aria-controls")).hidden = !open;
}
document.addEventListener("htmx:afterSwap", (event) => {
  const button = document.querySelector(`[data-group][aria-controls="${event.detail.target?.id}"]`);
  if (button) unfold(button, true);
  show();
});

// ---------- columns, choices, sorts
document.addEventListener("click", (event) => {
  const mover = event.target.closest("[data-move]");
  if (mover) {
    const row = mover.closest("li");
    if (mover.dataset.move === "-1") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    mover.focus();
  }
  const head = event.target.closest("[data-add]");
  if (head && event.shiftKey) { event.preventDefault(); location.href = head.dataset.add; }
});
document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-narrow]");
  if (!field) return;
  const list = field.dataset.narrow === "next" ? field.nextElementSibling : document.querySelector(field.dataset.narrow);
  for (const item of list.children) item.hidden = !(item.dataset.text ?? "").includes(field.value.trim().toLowerCase());
});
// A popover that was just filled takes the focus.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.matches(".lst-pop, .lst-menu")) event.detail.target.querySelector("[autofocus], select, a, input:not([disabled])")?.focus();
});
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest(".lst-tools .menu, .lst-pick");
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const items = [...menu.querySelectorAll("a, button")].filter((item) => !item.closest("[hidden]"));
  const next = items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  if (next >= 0 && next < items.length) items[next].focus();
  event.preventDefault();
  event.stopPropagation();
});

// ---------- keys: j and k (or the arrows) move, x ticks, Enter opens, / searches, Escape lets go
function move(step) {
  const now = rows().indexOf(document.activeElement?.closest("[data-row]"));
  const row = rows()[Math.max(0, Math.min(rows().length - 1, now + step))];
  if (!row) return;
  row.tabIndex = -1;
  row.focus({ focusVisible: true });
  row.scrollIntoView({ block: "nearest" });
}
const busy = "input:not([type=checkbox]), select, textarea, details[open], [role=dialog], .tn-side";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(busy) || document.querySelector("#dialog > *, #drawer > *")) return;
  const row = event.target.closest("[data-row]");
  if (event.key === "j" || event.key === "ArrowDown") move(1);
  else if (event.key === "k" || event.key === "ArrowUp") move(-1);
  else if (event.key === "x" && row) boxOf(row).click();
  // Enter on a box would press the first of the buttons that do something with all that is ticked
  else if (event.key === "Enter" && (row === event.target || event.target.matches("[type=checkbox]"))) row?.querySelector("[data-open]").click();
  else if (event.key === "/") document.querySelector("[data-list-search] input")?.focus();
  else if (event.key === "Escape" && !document.querySelector("[data-bulk]")?.hidden) tick(false);
  else return;
  event.preventDefault();
});
show();
