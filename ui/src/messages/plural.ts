import { number } from '$lib/format';
import { locale } from '$lib/locale';

const rules = new Intl.PluralRules(locale);

/** `1 frame`, `12 frames`: the form that the language wants, the number written for the reader's region. */
export function plural(count: number, forms: { one: string; other: string }): string {
  const form = rules.select(count) === 'one' ? forms.one : forms.other;
  return `${number(count)} ${form}`;
}

export const framesCount = (count: number): string => plural(count, { one: 'frame', other: 'frames' });
