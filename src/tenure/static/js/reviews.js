// A manager's review: printing. Saving is htmx's.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
