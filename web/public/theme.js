// Runs before the first paint, so that a chosen theme does not flash. A file of its own: a strict
// Content-Security-Policy allows no inline script.
(() => {
  let theme = 'system';
  try {
    theme = localStorage.getItem('clickledger.theme') || 'system';
  } catch {}
  const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
