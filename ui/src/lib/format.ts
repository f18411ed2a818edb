// Numbers, sizes, times and dates as people read them.
import { locale } from './locale';

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
const percentage = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' });
const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });

export const number = (value: number): string => whole.format(value);

/** `1.9M` triangles. */
export const short = (value: number): string => compact.format(value);

/** `38 %`, of a share from 0 to 1. */
export const percent = (share: number): string => `${percentage.format(Math.floor(share * 100))} %`;

/** `184 MB`; powers of ten, as disks and networks count. */
export function bytes(count: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let place = 0;
  while (value >= 999.5 && place < names.length - 1) {
    value /= 1000;
    place += 1;
  }
  return `${place === 0 || value >= 100 ? whole.format(value) : oneDecimal.format(value)} ${names[place]}`;
}

/** `0.3 s`, `70 s`, `4 min`, `3 h 20 min`, `2 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${oneDecimal.format(seconds)} s`;
  if (seconds < 100) return `${whole.format(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** `23:10`. */
export const time = (at: Date): string => clock.format(at);

/** `today 23:10`, `tomorrow 07:30`, `Fri, 3 Apr 09:00`, `3 Apr 2025`. */
export function moment(at: Date, now: Date = new Date()): string {
  const days = Math.round((startOfDay(at).getTime() - startOfDay(now).getTime()) / 86_400_000);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  if (Math.abs(days) <= 1) return `${words.format(days, 'day')} ${time(at)}`;
  if (Math.abs(days) < 180) return `${day.format(at)} ${time(at)}`;
  return date.format(at);
}

/** An RFC 3339 text as `moment`; nothing when it is not one. */
export function instant(text: string, now: Date = new Date()): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? '' : moment(at, now);
}

function startOfDay(at: Date): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate());
}

/** `0x04a1…93e7`. */
export function shortAddress(address: string): string {
  return address.length > 14 ? `${address.slice(0, 6)}…${address.slice(-4)}` : address;
}

/** The last part of a path of any system. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).pop() ?? path;
}
