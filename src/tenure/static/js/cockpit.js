// The cockpit: keys, the pane beside the list, cards and days that things are put on. All on data attributes. A module: its names are its own.
const cockpit = () => document.getElementById("list");
const lines = () => [...cockpit().querySelectorAll("[data-row], [data-item]")];
const pane = () => document.querySelector("#drawer > .tn-pane");
const open = () => document.querySelector("#drawer [data-cta]")?.dataset.cta;
const ask = (url) => htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML" });
const say = (text) => { document.getElementById("ck-say").textContent = text; };
const focusOn = (line) => {
  if (!line) return;
  if (line.matches("tr")) line.tabIndex = -1;
  line.focus({ focusVisible: true });
  line.scrollIntoView({ block: "nearest" });
};
const lineOf = (pk) => lines().find((line) => line.dataset.cta === pk);

// ---------- the pane: the line that it shows is marked, and has the focus when it closes
let shown = null;
let wanted = null; // what is on its way into the pane: who presses j twice quickly goes two lines on
function mark() {
  shown = pane() ? open() ?? null : null;
  if (!pane() || shown === wanted) wanted = null;
  for (const line of lines()) {
    if (line.dataset.cta === shown) line.setAttribute("aria-current", "true");
    else line.removeAttribute("aria-current");
  }
}
function step(by) {
  const all = lines();
  const now = all.findIndex((line) => line.dataset.cta === (wanted ?? open()));
  const next = all[now < 0 ? 0 : Math.max(0, Math.min(all.length - 1, now + by))];
  if (next && next.dataset.cta !== (wanted ?? open())) show_(next);
}
function show_(line) {
  const link = line.matches("a") ? line : line.querySelector("[data-open]");
  wanted = line.dataset.cta;
  htmx.ajax("GET", link.getAttribute("hx-get"), { source: "#ck-pane", target: "#drawer", swap: "innerHTML" }).catch(() => {}); // overtaken by the next
  line.scrollIntoView({ block: "nearest" });
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-cta-step]");
  if (button) step(Number(button.dataset.ctaStep));
});
document.addEventListener("tenure:drawer-closed", () => {
  const line = lineOf(wanted ?? shown);
  htmx.trigger("#ck-pane", "htmx:abort");
  mark();
  focusOn(line);
});

// ---------- the list shows itself anew: who had the focus has it again, else whoever stands in that place now
let held = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== cockpit()) return;
  const line = document.activeElement?.closest?.("#list [data-row], #list [data-item]");
  held = line ? { id: line.id, place: lines().indexOf(line) } : null;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target === cockpit() && held) {
    focusOn(document.getElementById(held.id) ?? lines()[Math.min(held.place, lines().length - 1)]);
    held = null;
  }
  if (event.detail.target === cockpit() || event.detail.target?.id === "drawer") mark();
});

// ---------- putting a card under another status, a thing on another day
const zones = () => [...document.querySelectorAll("[data-zone]")];
const zoneOf = (item) => item.closest("[data-zone]");
let taken = null; // by key: { item, zone }
let dragged = null; // by pointer
const titleOf = (item) => item.querySelector(".ck-card-t, .cut")?.firstChild.textContent.trim();
function over(zone) {
  for (const one of zones()) one.classList.toggle("over", one === zone);
}
function put(item, zone) {
  over(null);
  if (!zone || zone === zoneOf(item)) return;
  held = { id: item.id, place: lines().indexOf(item) };
  item.focus();
  if (zone.dataset.ask) ask(zone.dataset.ask + item.dataset.cta);
  else htmx.ajax("POST", item.dataset.move, { source: item, swap: "none", values: { to: zone.dataset.zone, day: zone.dataset.zone } });
}
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-drag]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.cta);
  dragged.classList.add("drag");
});
document.addEventListener("dragover", (event) => {
  const zone = dragged && event.target.closest?.("[data-zone]");
  if (!zone) return;
  event.preventDefault();
  over(zone);
});
document.addEventListener("drop", (event) => {
  const zone = dragged && event.target.closest?.("[data-zone]");
  if (!zone) return;
  event.preventDefault();
  put(dragged, zone);
});
document.addEventListener("dragend", () => { dragged?.classList.remove("drag"); dragged = null; over(null); });

function take(item) {
  taken = { item, zone: zoneOf(item) };
  item.classList.add("drag");
  over(taken.zone);
  say(`${titleOf(item)} taken. Arrows choose where, Space puts it down, Escape leaves it.`);
}
function carry(by) {
  const all = zones();
  const next = all[all.indexOf(taken.zone) + by];
  if (!next) return;
  taken.zone = next;
  over(next);
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
  say(next.dataset.label);
}
function letGo(down) {
  const { item, zone } = taken;
  taken = null;
  item.classList.remove("drag");
  say(down && zone !== zoneOf(item) ? `Put on ${zone.dataset.label}.` : "Left where it was.");
  put(item, down ? zone : null);
}
function arrows(event) {
  const columns = Number(document.querySelector("[data-zones]").dataset.cols);
  const rows = Number(document.querySelector("[data-zones]").dataset.zones) > 1;
  return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: rows ? -columns : 0, ArrowDown: rows ? columns : 0 }[event.key];
}
// From card to card: up and down within a column or day, else to the next one that has something.
function wander(event, item) {
  const all = lines(), mine = all.filter((one) => zoneOf(one) === zoneOf(item));
  const place = mine.indexOf(item);
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    const next = mine[place + (event.key === "ArrowDown" ? 1 : -1)];
    if (next || !document.querySelector(".ck-cal")) return focusOn(next);
  }
  const way = ["ArrowLeft", "ArrowUp"].includes(event.key) ? -1 : 1;
  const full = zones().filter((zone) => zone.querySelector("[data-item]"));
  const zone = full[full.indexOf(zoneOf(item)) + way];
  const there = zone ? [...zone.querySelectorAll("[data-item]")] : [];
  return focusOn(there[Math.min(place, there.length - 1)]);
}

// ---------- keys
const typing = "input:not([type=checkbox]):not([type=radio]), select, textarea, details[open], #dialog, .tn-side";
const acts = { s: "snooze", c: "close", a: "assign", d: "shift", p: "apply" };
function act(name, event) {
  const ticked = document.querySelector("[data-bulk]:not([hidden])");
  if (ticked && !pane() && name !== "rank") return ticked.querySelector(`[data-act="${name}"]`)?.click();
  const pk = (pane() ? open() : null) ?? event.target.closest("[data-cta]")?.dataset.cta;
  const url = cockpit().dataset[`url${name[0].toUpperCase()}${name.slice(1)}`];
  return pk && url ? ask(url.replace("/0/", `/${pk}/`).replace("id=0", `id=${pk}`)) : null;
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("#dialog > *, #drawer > [aria-modal], #drawer > .tn-scrim")) return;
  const item = event.target.closest("[data-item]");
  if (taken) {
    if (event.key === " " || event.key === "Enter") letGo(true);
    else if (event.key === "Escape") letGo(false);
    else if (arrows(event)) carry(arrows(event));
    else if (event.key !== "Tab") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (event.target.closest(typing)) return;
  const row = event.target.closest("[data-row]");
  if (acts[event.key]) act(acts[event.key], event);
  else if (event.key === "w") act("rank", event);
  else if (event.key === "n") document.getElementById("ck-new")?.click();
  else if (event.key === "?") document.getElementById("ck-help")?.click();
  else if (item && event.key === " " && item.matches("[data-drag]")) take(item);
  else if (item && event.key.startsWith("Arrow")) wander(event, item);
  else if (!row && !pane() && cockpit().dataset.cockpit !== "list" && (event.key === "j" || event.key === "k")) {
    focusOn(lines()[Math.max(0, lines().indexOf(item) + (event.key === "j" ? 1 : -1))]);
  } else if (pane() && (event.key === "j" || event.key === "k")) step(event.key === "j" ? 1 : -1);
  else if (pane() && row === event.target && event.key === "Enter") show_(row);
  else if (pane() && event.key === "/") document.querySelector("[data-list-search] input")?.focus();
  else return;
  event.preventDefault();
}, true);
