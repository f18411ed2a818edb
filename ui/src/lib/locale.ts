/** Numbers and dates follow the reader's region as far as the language of the texts allows: no German dates in English sentences. */
export const locale: string = pick(typeof navigator === 'undefined' ? [] : navigator.languages);

export function pick(wanted: readonly string[]): string {
  for (const tag of wanted) {
    if (!/^en\b/i.test(tag)) continue;
    try {
      return Intl.getCanonicalLocales(tag)[0] ?? 'en-GB';
    } catch {
      // A tag such as `en_US.UTF-8` from the environment is not a locale; the next one may be.
    }
  }
  return 'en-GB';
}
