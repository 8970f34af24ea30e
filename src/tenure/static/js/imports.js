// The import wizard: files dropped on the zone, and selects that lead to another view of the same page.
for (const form of document.querySelectorAll("[data-drop]")) {
  const zone = form.querySelector(".drop");
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-files]");
  const limit = Number(form.dataset.limit) * 1024 * 1024;
  const megabytes = (size) => (size < 1048576 ? `${Math.max(1, Math.round(size / 1024))} KB` : `${(size / 1048576).toFixed(1)} MB`);
  const button = form.querySelector("button");
  const show = () => {
    const total = [...input.files].reduce((sum, file) => sum + file.size, 0);
    button.disabled = total > limit;
    form.querySelector("[data-over]").hidden = total <= limit;
    list.replaceChildren(
      ...[...input.files].map((file) => {
        const item = document.createElement("li");
        const name = document.createElement("span");
        const size = document.createElement("span");
        name.className = "fill cut";
        name.textContent = file.name;
        size.className = file.size > limit ? "bad" : "mut tnum";
        size.textContent = file.size > limit ? `${megabytes(file.size)}, over the limit` : megabytes(file.size);
        item.append(name, size);
        return item;
      }),
    );
  };
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.dataset.over = "";
    });
  }
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => delete zone.dataset.over);
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    show();
  });
  input.addEventListener("change", show);
  form.addEventListener("submit", () => {
    form.querySelector("[data-busy]").hidden = false;
    button.disabled = true;
  });
}
document.addEventListener("change", (event) => {
  const key = event.target.dataset?.goto;
  if (!key) return;
  const address = new URL(window.location.href);
  address.search = "";
  if (event.target.value) address.searchParams.set(key, event.target.value);
  window.location.assign(address);
});
