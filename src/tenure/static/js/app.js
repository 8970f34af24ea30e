// Behaviour of every page, on data attributes; no inline handlers. Page parts have files of their own.
document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-close]");
  if (!closer) return;
  for (const part of document.querySelectorAll(closer.dataset.close)) part.remove();
  if (closer.dataset.close.includes("drawer")) document.dispatchEvent(new Event("tenure:drawer-closed"));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector(".tn-drawer [data-close], [role=dialog] [data-close]")?.click();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-asof] input")) event.target.form.submit();
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});
// A drawer takes the focus and gives it back.
let before = null;
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.target;
  if (["drawer", "dialog"].includes(part?.id) && !part.contains(document.activeElement)) before = document.activeElement;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (["drawer", "dialog"].includes(event.detail.target?.id)) (event.detail.target.querySelector("[autofocus]") ?? event.detail.target.querySelector("button, a, input"))?.focus();
});
document.addEventListener("tenure:drawer-closed", () => before?.focus());
// A refused form (422) comes back with its errors and is shown like any other answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) Object.assign(event.detail, { shouldSwap: true, isError: false });
});
