// Must run before uPlot is loaded: it hands `navigator.language` to `Intl` while loading, and where the environment
// names no language (LANG=C) WebKit says "C", which `Intl` refuses; the whole window would stay white.
import { locale } from './locale';

if (typeof navigator !== 'undefined') {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: locale });
  }
}
