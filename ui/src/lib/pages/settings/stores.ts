// What is typed about stores, as the settings keep it.
import type { KuboView, PinningChoice } from '$lib/backend';
import { m } from '$messages';

/** As many as crates/app allows; each is asked in turn. */
export const SERVICES_AT_MOST = 20;
/** A petabyte. */
const MEGABYTES_AT_MOST = 1_000_000_000;
/** Less than a scene with textures takes. */
const MEGABYTES_AT_LEAST = 100;

/** An address as it is kept: no space around it, no slash at its end. */
export const tidyAddress = (text: string): string => text.trim().replace(/\/+$/, '');

export function isWebAddress(text: string): boolean {
  if (!/^https?:\/\//i.test(text)) return false;
  try {
    return new URL(text).hostname !== '';
  } catch {
    return false;
  }
}

/** The addresses of a text with one a line, each once; `wrong` is the first line that is none. */
export function addressesIn(text: string): { addresses: string[]; wrong: string | null } {
  const lines = text.split('\n').map(tidyAddress).filter(Boolean);
  return {
    addresses: [...new Set(lines)],
    wrong: lines.find((line) => !isWebAddress(line)) ?? null,
  };
}

/** Whole megabytes of what was typed as gigabytes, 0 for nothing typed; `null` when it is no size that makes sense. */
export function megabytesIn(text: string): number | null {
  const trimmed = text.trim().replace(',', '.');
  if (trimmed === '') return 0;
  if (!/^(\d+\.?\d*|\.\d+)$/.test(trimmed)) return null;
  const megabytes = Math.round(Number(trimmed) * 1000);
  const makesSense = megabytes >= MEGABYTES_AT_LEAST && megabytes <= MEGABYTES_AT_MOST;
  return megabytes === 0 || makesSense ? megabytes : null;
}

/** The bounds of `megabytesIn` in gigabytes. */
export const limitBounds = { least: MEGABYTES_AT_LEAST / 1000, most: MEGABYTES_AT_MOST / 1000 };

/** A service as it was typed; a name that was left out is the host. */
export function serviceOf(name: string, address: string): PinningChoice {
  const url = tidyAddress(address);
  return { name: name.trim() || (isWebAddress(url) ? new URL(url).host : url), url };
}

/** Why a service cannot join the others; empty when it can. */
export function serviceProblem(service: PinningChoice, others: readonly PinningChoice[]): string {
  const t = m.content;
  if (!isWebAddress(service.url)) return t.wrongAddress;
  const same = others.find((other) => other.url === service.url);
  if (same) return t.pinning.known(same.name);
  return others.length >= SERVICES_AT_MOST ? t.pinning.tooMany(SERVICES_AT_MOST) : '';
}

/** Whether others on the way can read what is sent: no encryption, and not to this computer. */
export function isReadableOnTheWay(url: string): boolean {
  if (!isWebAddress(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** `Kubo 0.37.0`; other programs by the name they give themselves. */
export function nodeName(node: Pick<KuboView, 'agent' | 'version'>): string {
  const [program = ''] = node.agent.split('/');
  if (program === '') return m.content.node.anyNode(node.version);
  const known = program === 'kubo' ? 'Kubo' : program;
  return node.version ? `${known} ${node.version}` : known;
}
