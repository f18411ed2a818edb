// Runs before the page. In the locale `C.UTF-8` WebKitGTK calls its language `C`, which Intl refuses: a library that
// asks for it while it loads would leave the window empty.
(() => {
  try {
    new Intl.Locale(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en-US' });
    Object.defineProperty(navigator, 'languages', { value: Object.freeze(['en-US']) });
  }
})();
