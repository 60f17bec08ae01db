// Runs before the first paint: the colours chosen last time, or the system's.
(() => {
  const chosen = localStorage.getItem('ankole-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();
