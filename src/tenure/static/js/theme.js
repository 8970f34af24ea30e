// Before the first paint: the theme that the person chose, or the system's.
(() => {
  const root = document.documentElement;
  const choice = root.dataset.themeChoice;
  const dark = choice === "dark" || (choice !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.bsTheme = dark ? "dark" : "light";
})();
