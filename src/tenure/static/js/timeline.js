// The timeline: texts to begin an entry with, next steps, saving by Ctrl and Enter, a key that opens the form. All on data attributes.

// ---------- Ctrl and Enter send the form
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("form[data-quick]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});
// ---------- a letter presses the button that names it
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea, [role=dialog]") || document.querySelector("#dialog > *, #drawer > *")) return;
  const button = /^[a-z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});
// ---------- texts of the handbook: one takes the place of another, and stands below what somebody wrote
const entry = () => document.querySelector("form[data-entry]");
const CONTACT = "{contact}";
function texts(who = entry().dataset.who) { // addressed to whom one writes
  const all = JSON.parse(document.getElementById("act-templates").textContent);
  for (const one of Object.values(all)) for (const part of ["subject", "text"]) one[part] = one[part].replaceAll(CONTACT, who).trim();
  return all;
}
let begun = ""; // the text that stands in the notes now
function begin(key) {
  const form = entry();
  const all = texts();
  const one = all[key];
  const { body, subject, template } = form.elements;
  const untouched = !body.value.trim() || Object.values(all).some((other) => other.text === body.value.trim());
  if (!subject.value.trim() || Object.values(all).some((other) => other.subject === subject.value.trim())) subject.value = one?.subject ?? "";
  if (untouched) body.value = one?.text ?? "";
  else if (one && begun !== key) body.value = `${body.value.trimEnd()}\n\n${one.text}`;
  template.value = one ? key : "";
  begun = key;
}
// Whom one ticks is who is addressed: in a text as it came, and in the first line of one that was changed.
function address() {
  const form = entry();
  const before = form.dataset.who;
  const who = form.querySelector("[name=attendee]:checked")?.dataset.name ?? before;
  const { body, subject, template } = form.elements;
  const [was, now] = [texts(before)[template.value], texts(who)[template.value]];
  form.dataset.who = who;
  if (!now || who === before) return;
  if (subject.value.trim() === was.subject) subject.value = now.subject;
  if (body.value.trim() === was.text) body.value = now.text;
  else if (was.text !== now.text) body.value = body.value.replace(/^.*$/m, (line) => line.replace(before, () => who));
}
// What a text leaves blank is named below it until it is filled in.
function remind() {
  const form = entry();
  const note = document.getElementById("act-left");
  if (!form || !note) return;
  const said = `${form.elements.subject.value} ${form.elements.body.value}`;
  const left = form.dataset.blanks.split("|").filter((blank) => blank && said.includes(blank));
  note.hidden = !left.length;
  note.querySelector("span").textContent = left.join(", ");
}
// The service that a text or a kind of entry delivers is chosen, unless somebody chose one.
function serve() {
  const { service, kind, template } = entry().elements;
  if (!service || service.dataset.chosen) return;
  const delivers = JSON.parse(document.getElementById("act-delivers").textContent);
  service.value = delivers.templates[template.value] ?? (template.value ? "" : delivers.kinds[kind.value] ?? "");
  service.closest("details").open = Boolean(service.value);
}
document.addEventListener("input", (event) => { if (entry()?.contains(event.target)) remind(); });
document.addEventListener("change", (event) => {
  const form = entry();
  if (!form?.contains(event.target)) return;
  if (event.target.matches("[data-template]")) {
    begin(event.target.value);
    const kind = texts()[event.target.value]?.kind;
    if (kind) form.elements.kind.value = kind;
  } else if (event.target.matches("[data-kind]")) {
    const now = texts()[form.elements.template.value];
    const first = Object.entries(texts()).find(([, one]) => one.kind === event.target.value && one.kind !== "email");
    const written = form.elements.body.value.trim();
    if (now?.kind !== event.target.value && (!written || Object.values(texts()).some((one) => one.text === written))) begin(first?.[0] ?? "");
  } else if (event.target.matches("[name=attendee]")) address();
  else if (event.target.matches("[data-service]")) event.target.dataset.chosen = "1";
  if (event.target.matches("[data-template], [data-kind]")) serve();
  remind();
});
// ---------- next steps: Enter goes on to another one
function another(list) {
  const rows = [...list.querySelectorAll("[data-step]")];
  const row = rows[rows.length - 1].cloneNode(true);
  const number = rows.length + 1;
  for (const field of row.querySelectorAll("[aria-label]")) field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+/, number));
  row.querySelector("[name=step_title]").value = "";
  row.querySelector("[name=step_due]").value = "";
  const owner = rows[rows.length - 1].querySelector("[name=step_owner]").value;
  row.querySelector("[name=step_owner]").value = owner;
  rows[rows.length - 1].after(row);
  row.querySelector("[name=step_title]").focus();
}
document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-step-add]");
  if (add) another(add.closest("[data-steps]"));
  const drop = event.target.closest("[data-step-drop]");
  if (!drop) return;
  const row = drop.closest("[data-step]");
  const list = row.closest("[data-steps]");
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (next) row.remove();
  else for (const field of row.querySelectorAll("input")) field.value = "";
  (next ?? row).querySelector("[name=step_title]").focus();
  list.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !event.target.closest?.("form[data-entry] input")) return;
  event.preventDefault(); // a line of the form isn't its end
  const row = event.target.closest("[data-step]");
  if (!row || !event.target.matches("[name=step_title]") || !event.target.value.trim()) return;
  if (row.nextElementSibling) row.nextElementSibling.querySelector("[name=step_title]").focus();
  else another(row.closest("[data-steps]"));
});
// ---------- arrows lead from a field into the list below it, and along it
document.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  const field = event.target.closest?.("[data-arrows]");
  const list = field ? document.querySelector(field.dataset.arrows) : event.target.closest?.(".tl-start");
  if (!list) return;
  const links = [...list.querySelectorAll("a")];
  const now = links.indexOf(document.activeElement);
  if (event.key === "Enter") { if (field && links.length) { event.preventDefault(); links[0].click(); } return; }
  event.preventDefault();
  const next = now + (event.key === "ArrowDown" ? 1 : -1);
  if (next < 0) document.querySelector(`[data-arrows="#${list.id}"]`)?.focus();
  else links[Math.min(next, links.length - 1)]?.focus();
});
