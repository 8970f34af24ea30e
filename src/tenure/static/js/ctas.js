// One CTA: days at a click, tasks in order, names after an @. All on data attributes.

// ---------- dialogs: an empty one is gone; its opener gets the focus back
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "dialog" && !event.detail.target.children.length) document.dispatchEvent(new Event("tenure:dialog-closed"));
});
// ---------- a day that one chooses often
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-day]");
  if (!chip) return;
  const field = chip.closest("form").elements[chip.dataset.for];
  field.value = chip.dataset.day;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});
// ---------- a title is one line: Enter saves it, Escape leaves it
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-line]")) return;
  if (event.key === "Enter") { event.preventDefault(); event.target.blur(); }
  else if (event.key === "Escape") { event.stopPropagation(); event.target.value = event.target.defaultValue; event.target.blur(); }
}, true);
// ---------- a comment is edited in its place
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-edit]");
  if (!button) return;
  const form = document.getElementById(button.dataset.edit);
  form.hidden = !form.hidden;
  form.parentElement.querySelector(".said").hidden = !form.hidden;
  button.closest("details")?.removeAttribute("open");
  if (!form.hidden) form.querySelector("textarea").focus();
});

// ---------- tasks: moved by the menu, by Alt and an arrow, by dragging
const steps = (item) => [...item.parentElement.querySelectorAll("[data-task]")];
function moveTask(item, place) {
  const url = item.querySelector("[data-move]")?.dataset.url;
  if (url) htmx.ajax("POST", url, { target: "#cta", swap: "outerHTML", values: { position: place } });
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  const item = button.closest("[data-task]");
  moveTask(item, Math.max(0, steps(item).indexOf(item) + Number(button.dataset.move)));
});
document.addEventListener("keydown", (event) => {
  const item = event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && event.target.closest?.("[data-sortable] [data-task]");
  if (!item) return;
  event.preventDefault();
  moveTask(item, Math.max(0, steps(item).indexOf(item) + (event.key === "ArrowUp" ? -1 : 1)));
});
let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-sortable] [data-task]");
  dragged?.classList.add("drag");
});
document.addEventListener("dragover", (event) => {
  const item = dragged && event.target.closest?.("[data-sortable] [data-task]");
  if (!item) return;
  event.preventDefault();
  for (const other of steps(item)) other.classList.toggle("over", other === item && item !== dragged);
});
document.addEventListener("drop", (event) => {
  const item = dragged && event.target.closest?.("[data-sortable] [data-task]");
  if (!item || item === dragged) return;
  event.preventDefault();
  const rest = steps(item).filter((other) => other !== dragged);
  moveTask(dragged, rest.indexOf(item));
});
document.addEventListener("dragend", () => {
  dragged?.classList.remove("drag");
  for (const other of document.querySelectorAll(".task.over")) other.classList.remove("over");
  dragged = null;
});

// ---------- names after an @: suggestions come from the server, arrows choose, Enter or Tab takes
const typed = (field) => field.value.slice(0, field.selectionStart).match(/(?:^|\s)@([^@[\]\n]{0,40})$/);
const fits = (name, text) => [name, ...name.split(/\s+/)].some((word) => word.toLowerCase().startsWith(text.trim().toLowerCase()));
const optionsOf = (field) => [...field.parentElement.querySelectorAll(".ats [role=option]")];
const chosen = (field) => field.parentElement.querySelector('.ats [aria-selected="true"]');
let asked = null; // the last question, whose answer alone counts: where, what, and the Enter or Tab that waits for it
let nobody = null; // a question that named nobody: nor does one that goes on from it
function closeNames(field) {
  asked = null;
  field.parentElement.querySelector(".ats")?.remove();
  field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-expanded", "false");
}
async function suggest(field) {
  if (asked?.key) return; // a name is on its way: what is typed stands behind it
  const found = typed(field);
  if (!found) return closeNames(field);
  const mine = { field, text: found[1], begin: field.selectionStart - found[1].length - 1, key: null };
  if (nobody?.field === field && nobody.begin === mine.begin && mine.text.startsWith(nobody.text)) return;
  asked = mine;
  for (const option of optionsOf(field)) if (!fits(option.dataset.name, mine.text)) option.remove();
  pickName(field, 0);
  const answer = await fetch(`${field.dataset.mention}?q=${encodeURIComponent(mine.text)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  const options = answer?.ok ? await answer.text() : "";
  if (mine !== asked) return;
  const before = chosen(field)?.id;
  closeNames(field);
  if (options) listNames(field, options, before);
  nobody = options && !optionsOf(field).length ? mine : null;
  if (mine.key) settle(mine);
}
function listNames(field, options, before) {
  const list = document.createElement("ul");
  list.className = "ats";
  list.id = "ats";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "People");
  list.innerHTML = options;
  field.setAttribute("aria-controls", "ats");
  field.setAttribute("aria-expanded", "true");
  field.after(list);
  pickName(field, Math.max(0, optionsOf(field).findIndex((one) => one.id === before)));
}
function pickName(field, step) {
  const options = optionsOf(field);
  if (!options.length) return field.removeAttribute("aria-activedescendant");
  const now = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = options[(Math.max(now, 0) + step + options.length) % options.length];
  for (const one of options) one.setAttribute("aria-selected", String(one === next));
  field.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}
function put(field, words, begin, end) {
  field.setRangeText(words, begin, end, field.selectionStart === end ? "end" : "preserve");
  closeNames(field);
  field.dispatchEvent(new Event("input", { bubbles: true })); // what keeps a draft hears of it
}
function takeName(field, option) {
  const found = typed(field);
  if (found && option) put(field, `@[${option.dataset.name}] `, field.selectionStart - found[1].length - 1, field.selectionStart);
}
// The key that waited does what it would have done had the answer been there: takes the first, ends the line, or goes on.
function settle({ field, text, begin, key }) {
  const end = begin + text.length + 1, first = chosen(field);
  if (field.value.slice(begin, end) !== `@${text}`) return closeNames(field);
  if (first) return put(field, `@[${first.dataset.name}] `, begin, end);
  if (key === "Enter") return put(field, "\n", end, end);
  const all = [...field.form.elements].filter((one) => one === field || (one.offsetParent && !one.disabled));
  return all[all.indexOf(field) + 1]?.focus();
}
document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-mention]")) suggest(event.target);
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("[data-mention]") && !asked?.key) closeNames(event.target);
});
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-mention]")) return;
  const takes = event.key === "Enter" || event.key === "Tab";
  if (!optionsOf(field).length) {
    if (!takes || asked?.field !== field || asked.key || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
    asked.key = event.key;
  } else if (takes) takeName(field, chosen(field));
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") pickName(field, event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Escape") closeNames(field);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest(".ats [role=option]");
  if (!option) return;
  event.preventDefault();
  takeName(option.closest(".cta-sf").querySelector("[data-mention]"), option);
});

// An answer can ask for a dialog: what was wanted needs more than was given.
document.body.addEventListener("tenure:ask", (event) => htmx.ajax("GET", event.detail.url, { target: "#dialog", swap: "innerHTML" }));
