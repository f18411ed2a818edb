// Runs before the page: what goes wrong in it belongs into the log of the app, not into a console that nobody opens.
(() => {
  let left = 100;
  const report = (what, detail) => {
    if (left-- <= 0) return;
    const message = `${what}: ${detail}`.slice(0, 2000);
    window.__TAURI_INTERNALS__?.invoke('report_page_error', { message }).catch(() => {});
  };
  const words = (value) => (value instanceof Error ? (value.stack ?? String(value)) : typeof value === 'object' ? JSON.stringify(value) : String(value));

  window.addEventListener('error', (event) => {
    // A resource that did not load has a target and no message; it does not bubble, so this listens on the way down.
    const source = event.target?.src ?? event.target?.href;
    if (event.message === undefined || (source && event.target !== window)) report('not loaded', source);
    else report('exception', `${event.message} at ${event.filename}:${event.lineno} ${event.error?.stack ?? ''}`);
  }, true);
  window.addEventListener('unhandledrejection', (event) => report('unhandled', words(event.reason)));
  window.addEventListener('securitypolicyviolation', (event) =>
    report('refused by the security policy', `${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
  const error = console.error.bind(console);
  console.error = (...all) => {
    report('console', all.map(words).join(' '));
    error(...all);
  };
})();
