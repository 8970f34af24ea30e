// Behaviour of every page, on data attributes; no inline handlers. Page parts have files of their own.
document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-close]");
  if (!closer) return;
  for (const part of document.querySelectorAll(closer.dataset.close)) part.remove();
  shade();
  for (const part of ["drawer", "dialog"]) if (closer.dataset.close.includes(part)) document.dispatchEvent(new Event(`tenure:${part}-closed`));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") (document.querySelector("#dialog [data-close]") ?? document.querySelector(".tn-drawer [data-close], .tn-pane [data-close], [role=dialog] [data-close]"))?.click();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});
// What lies under an open drawer or dialog can't be reached, by no key and no screen reader.
function shade() {
  const [dialog, drawer] = ["#dialog", "#drawer"].map((part) => Boolean(document.querySelector(`${part} [aria-modal]`)));
  for (const part of document.querySelectorAll(".tn-app, .tn-tabbar")) part.inert = dialog || drawer;
  document.getElementById("drawer")?.toggleAttribute("inert", dialog);
}
// A drawer or dialog that stands on a page of its own answers there: its forms are posted as they are without scripts, and what they ask for
// while they are filled in takes their place.
document.addEventListener("htmx:beforeProcessNode", ({ target: part }) => {
  if (!part.matches(':is(.drawer-card, .dialog-card) :is([hx-target="#drawer"], [hx-target="#dialog"]):is(form, form [formaction], form :not(a, button))')) return;
  if (part.matches("form, [formaction]")) for (const name of ["hx-post", "hx-get", "hx-target"]) part.removeAttribute(name);
  else for (const [name, value] of [["hx-target", "closest form"], ["hx-select", "form"], ["hx-swap", "outerHTML"]]) part.setAttribute(name, value);
});
// A drawer or dialog takes the focus and gives it back: to what opened it, or to what stands in its place now.
const openers = {};
function giveBack(part) {
  const opener = openers[part];
  const there = opener?.isConnected ? opener : opener?.id && document.getElementById(opener.id);
  const shut = there?.closest("details:not([open])"); // a menu that has closed: its button
  (shut ? shut.querySelector("summary") : there)?.focus();
}
// A menu is done when something of it opens a drawer or a dialog.
document.addEventListener("click", (event) => {
  const menu = event.target.closest("details[data-pop] .menu [hx-get]")?.closest("details");
  if (menu && event.target.closest('[hx-target="#drawer"], [hx-target="#dialog"]')) menu.open = false;
});
// A form that is on its way isn't sent again.
document.addEventListener("submit", (event) => {
  if (!event.target.classList.contains("htmx-request")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.target;
  if (["drawer", "dialog"].includes(part?.id) && !part.contains(document.activeElement)) openers[part.id] = document.activeElement;
});
document.addEventListener("htmx:afterSwap", (event) => {
  shade();
  if (["drawer", "dialog"].includes(event.detail.target?.id)) (event.detail.target.querySelector("[autofocus]") ?? event.detail.target.querySelector("button, a, input"))?.focus();
});
for (const part of ["drawer", "dialog"]) document.addEventListener(`tenure:${part}-closed`, () => giveBack(part));
// A refused form (422) comes back with its errors and is shown like any other answer; what was too large (413) is told in a toast.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([413, 422].includes(event.detail.xhr.status)) Object.assign(event.detail, { shouldSwap: true, isError: false });
});
