// The stores of the mock: a Kubo node, blocks that can be cleaned up, and the tokens of pinning services.
import type { Backend } from '../backend';
import type { CommandError, KuboView, SettingsView } from '../types';
import * as samples from './samples';

type StorageCalls = Pick<
  Backend,
  'storage' | 'cleanStorage' | 'setPinningToken' | 'forgetPinningToken' | 'testPinning'
>;

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

function kubo(settings: SettingsView, situation: URLSearchParams): KuboView {
  const used =
    settings.kubo === 'always' || (settings.kubo === 'automatic' && settings.coordinator_url !== '');
  const found = {
    ...samples.storage.kubo,
    url: settings.kubo_url || samples.storage.kubo.url,
    is_used: used,
  };
  const absent: KuboView = {
    ...found,
    state: 'absent',
    is_used: false,
    version: '',
    agent: '',
    peers: 0,
    repo_bytes: '0',
    storage_max: '0',
  };
  switch (situation.get('kubo')) {
    case 'old':
      return { ...found, state: 'old', version: '0.34.1', agent: 'kubo/0.34.1/' };
    case 'absent':
      return absent;
    case 'strange':
      return { ...absent, message: 'answered with status 404' };
    default:
      return found;
  }
}

export function storageMock(settings: () => SettingsView, situation: URLSearchParams): StorageCalls {
  const tokens = new Map(samples.settings.pinning.slice(0, 1).map(({ url }) => [url, 'sample']));
  let { bytes, blocks } = samples.storage;
  const refuse = (error: CommandError) => {
    throw error;
  };
  return {
    async storage() {
      await wait(situation.has('slow') ? 60_000 : 60);
      return {
        kubo: kubo(settings(), situation),
        bytes,
        kept_bytes: samples.storage.kept_bytes,
        blocks,
        pinning: settings().pinning.map((one) => ({ ...one, has_token: tokens.has(one.url) })),
      };
    },
    async cleanStorage() {
      await wait(300);
      const freed = Number(bytes) - Number(samples.storage.kept_bytes);
      bytes = samples.storage.kept_bytes;
      blocks = '1904';
      return String(freed);
    },
    async setPinningToken(url, token) {
      await wait(100);
      tokens.set(url, token);
      return !situation.has('nokeychain');
    },
    async forgetPinningToken(url) {
      tokens.delete(url);
    },
    async testPinning(url) {
      await wait(400);
      const name = settings().pinning.find((one) => one.url === url)?.name ?? url;
      if (!tokens.has(url)) {
        refuse({
          code: 'no_token',
          message: `${name} has no token yet.`,
          hint: 'Paste the token that the service gave you.',
        });
      }
      if (tokens.get(url) === 'wrong') {
        refuse({
          code: 'pinning_failed',
          message: `${name} does not accept this: status 401.`,
          hint: 'Check the address and the token.',
        });
      }
    },
  };
}
