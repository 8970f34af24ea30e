// What a browser finds wrong with a field stands beside it, as what the server refuses does, instead of in a bubble of the browser's own. The
// first such field has the focus.
const DAY = { day: "numeric", month: "short", year: "numeric" };
const day = (text) => new Date(`${text.slice(0, 10)}T00:00`).toLocaleDateString("en-GB", DAY);
const EMPTY = { checkbox: "Tick this.", radio: "Choose one.", "select-one": "Choose one.", "select-multiple": "Choose at least one.", date: "Give a day.", "datetime-local": "Give a day and a time.", file: "Choose a file." };

function wrong(field) {
  const is = field.validity, isDay = field.type.startsWith("date");
  if (is.valueMissing) return EMPTY[field.type] ?? "Fill this in.";
  if (is.badInput) return isDay ? "That is no day. Give a whole one." : "Write a number.";
  if (is.typeMismatch) return field.type === "email" ? "Write a mail address, like ann@example.com." : "Give the whole address, with https:// before it.";
  if (is.rangeUnderflow) return isDay ? `Give a day from ${day(field.min)} on.` : `Give at least ${field.min}.`;
  if (is.rangeOverflow) return isDay ? `Give a day up to ${day(field.max)}.` : `Give at most ${field.max}.`;
  if (is.stepMismatch) return "Write it with fewer decimals.";
  if (is.tooLong) return `Write at most ${field.maxLength} characters.`;
  if (is.tooShort) return `Write at least ${field.minLength} characters.`;
  return field.title || field.validationMessage;
}

function place(field) {
  const box = field.closest(".fld");
  const there = box?.querySelector(".err-t");
  const note = there ?? Object.assign(document.createElement("span"), { className: "err-t" });
  note.id ||= `wrong-${field.name}-${document.querySelectorAll(".err-t").length}`;
  if (there) return there;
  if (box) box.append(note); else field.insertAdjacentElement("afterend", note);
  return note;
}

let told = false;
document.addEventListener("invalid", (event) => {
  const field = event.target;
  event.preventDefault();
  if (field.type === "radio" && field.form?.querySelector(`[name="${CSS.escape(field.name)}"]`) !== field) return; // once for the group
  const note = place(field);
  note.textContent = wrong(field);
  note.dataset.own = "";
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", note.id);
  if (told) return;
  told = true;
  setTimeout(() => { told = false; });
  const folded = field.closest("details:not([open])");
  if (folded) folded.open = true;
  field.focus();
}, true);

for (const kind of ["input", "change"]) document.addEventListener(kind, ({ target: field }) => {
  const note = field.validity?.valid && field.getAttribute?.("aria-invalid") ? document.getElementById(field.getAttribute("aria-describedby")) : null;
  if (!note || !("own" in note.dataset)) return;
  note.remove();
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
});
