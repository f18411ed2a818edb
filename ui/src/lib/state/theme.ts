import type { ThemeChoice } from '$lib/backend';

const REMEMBERED = 'veriframe.theme';
const TEXT_SIZE = 'veriframe.text';
const dark = window.matchMedia('(prefers-color-scheme: dark)');
let choice: ThemeChoice = 'system';

function show(): void {
  document.documentElement.dataset.theme = choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice;
}

/** Shows a theme and remembers it for the first paint of the next start; the settings stay its owner. */
export function applyTheme(next: ThemeChoice): void {
  choice = next;
  remember(REMEMBERED, next);
  show();
}

/** Before anything is painted and before the settings are read. */
export function applyRememberedLook(): void {
  const theme = recall(REMEMBERED);
  if (theme === 'dark' || theme === 'light') choice = theme;
  show();
  applyTextSize(textSize());
}

export const TEXT_SIZES = [100, 125, 150, 200] as const;

/** Size of all texts in percent; the window's own matter, kept by the webview. */
export function textSize(): number {
  const size = Number(recall(TEXT_SIZE) ?? 100);
  return TEXT_SIZES.some((known) => known === size) ? size : 100;
}

/** The next larger (`1`) or smaller (`-1`) size of the texts; `0` is the usual one. */
export function stepTextSize(step: -1 | 0 | 1): void {
  const place = TEXT_SIZES.findIndex((size) => size === textSize());
  applyTextSize(step === 0 ? 100 : (TEXT_SIZES[place + step] ?? textSize()));
}

export function applyTextSize(size: number): void {
  remember(TEXT_SIZE, String(size));
  document.documentElement.style.fontSize = size === 100 ? '' : `${size}%`;
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A webview without storage forgets; nothing depends on it.
  }
}

dark.addEventListener('change', show);
