// The shell: popovers that close, the palette, toasts that go by themselves.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// ---------- popovers (details[data-pop]): one open at a time; Escape and a click outside close them
document.addEventListener("click", (event) => {
  for (const pop of all("details[data-pop][open]")) if (!pop.contains(event.target)) pop.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const pop = document.querySelector("details[data-pop][open]");
  if (!pop) return;
  pop.open = false;
  pop.querySelector("summary").focus();
});

// ---------- palette
const palette = () => document.querySelector("[data-palette-box]");
let opener = null;
function openPalette() {
  const button = document.querySelector("[data-palette]");
  if (!button || palette()) return;
  opener = document.activeElement;
  htmx.ajax("GET", button.dataset.palette, { target: "#dialog", swap: "innerHTML" });
}
function closePalette() {
  if (!document.querySelector("#dialog [data-palette-box]")) return;
  document.getElementById("dialog").replaceChildren();
  shade();
  opener?.focus();
}
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    if (palette()) closePalette(); else openPalette();
  } else if (event.key === "Escape") closePalette();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette]")) openPalette();
  else if (event.target.matches("#dialog .tn-scrim")) closePalette();
});
function choose(box, step) {
  const options = all("[role=option]", box);
  if (!options.length) return;
  const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = options[step === "first" ? 0 : (now + step + options.length) % options.length];
  for (const option of options) option.setAttribute("aria-selected", String(option === next));
  box.querySelector("[role=combobox]").setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("[data-palette-box]");
  if (!box) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(box, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    const option = box.querySelector('[role=option][aria-selected="true"]');
    if (option) { event.preventDefault(); option.click(); }
  } else if (event.key === "Tab" && box.closest("#dialog")) event.preventDefault(); // the input keeps the focus; Escape leaves
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "palette-results") choose(palette(), "first");
});

// ---------- toasts: gone after ten seconds, unless one is pointed at, focused, or can be undone
function timed(root) {
  for (const toast of all("[data-toast]:not([data-timed])", root)) {
    toast.dataset.timed = "";
    const wait = toast.querySelector("form") ? 30000 : 10000;
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
    setTimeout(leave, wait);
  }
}
timed(document);
document.addEventListener("htmx:oobAfterSwap", () => timed(document));

// ---------- copy
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.querySelector(button.dataset.copy);
  field.select?.();
  try { await navigator.clipboard.writeText(field.value ?? field.textContent); button.textContent = "Copied"; } catch { document.execCommand("copy"); }
});

// ---------- forms: the first field that was refused has the focus
document.querySelector("[aria-invalid=true]")?.focus();
