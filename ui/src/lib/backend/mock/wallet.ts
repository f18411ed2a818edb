// The wallet of the mock: ?chain has STRK, ?locked a password (“correct horse”), ?poor nothing to pay with.
import type { Backend } from '../backend';
import type { AppEvent, CommandError, KeyView, TransactionView } from '../types';
import * as samples from './samples';

type WalletCalls = Pick<
  Backend,
  | 'wallet'
  | 'chainWallet'
  | 'transactions'
  | 'openTransaction'
  | 'fundWallet'
  | 'quotePayment'
  | 'makePayment'
  | 'protectKey'
  | 'unlockWallet'
  | 'lockWallet'
  | 'setLockMinutes'
  | 'importKey'
>;

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
const PASSWORD = 'correct horse';

/** Looks like a QR code, and is none. */
function pattern(): string {
  let path = '';
  for (let y = 4; y < 41; y += 1)
    for (let x = 4; x < 41; x += 1) if ((x * 7 + y * 13 + x * y) % 5 < 2) path += `M${x} ${y}h1v1h-1z`;
  return path;
}

export function walletMock(
  situation: URLSearchParams,
  emit: (event: AppEvent) => void,
  refuseWhenDown: () => void,
): WalletCalls {
  let balance = BigInt(samples.units(situation.has('poor') ? '0' : '128.4'));
  let owed = BigInt(samples.units('3.2'));
  let key: KeyView = situation.has('locked')
    ? { protection: 'password', locked: true, lock_minutes: 15, replaced: false }
    : samples.wallet.key;
  const entry = (seq: number, part: Partial<TransactionView>): TransactionView => ({
    seq: String(seq),
    at: samples.ago(40 + (4 - seq) * 700),
    what: 'transfer',
    text: 'To 0x04a1…93e7',
    direction: 'out',
    amount: samples.units('2.5'),
    fee: samples.units('0.0021'),
    state: 'succeeded',
    hash: `0x0${seq}b7c1d2e3f405162738495a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8`,
    can_open: seq === 1,
    job: '',
    ...part,
  });
  let entries: TransactionView[] = situation.has('empty')
    ? []
    : [
        entry(4, {
          state: 'sent',
          fee: '',
          what: 'withdraw',
          text: 'From the market to your wallet',
          direction: 'in',
        }),
        entry(3, { what: 'post_job', text: 'Bowling, 250 frames', amount: samples.units('22') }),
        entry(2, { state: 'reverted' }),
        entry(1, {
          what: 'deploy',
          text: 'Your account, on the chain for the first time',
          direction: 'none',
          amount: '0',
        }),
      ];
  const refuse = (code: string, message: string, hint: string): never => {
    const error: CommandError = { code, message, hint };
    throw error;
  };
  const needKey = () => {
    if (key.locked)
      refuse('wallet_locked', 'The wallet is locked.', 'Unlock it with its password. Nothing was signed.');
  };
  const changeKey = (part: Partial<KeyView>) => {
    key = { ...key, ...part };
    emit({ type: 'wallet' });
  };
  return {
    async wallet() {
      refuseWhenDown();
      const view = { ...samples.wallet, key };
      return situation.has('chain')
        ? { ...view, unit: 'STRK', has_chain: true, can_ask_for_credits: false }
        : view;
    },
    chainWallet: async () => ({
      network: 'Test network',
      balance: String(balance),
      eth: samples.units('0.2'),
      owed: String(owed),
      deployed: !situation.has('poor'),
      can_mint: true,
      qr: { size: 45, path: pattern() },
    }),
    transactions: async () => ({ entries, next_cursor: '' }),
    openTransaction: async () => {},
    async fundWallet() {
      balance += BigInt(samples.units('1000'));
      emit({ type: 'wallet' });
    },
    async quotePayment(payment) {
      await wait(300);
      needKey();
      const amount = payment.type === 'transfer' ? payment.amount : String(owed);
      if (balance === 0n)
        refuse(
          'insufficient_funds',
          'This takes up to 2.51 STRK with its fee, and the wallet holds 0.00.',
          'Send some STRK to the address on the Wallet page. Nothing was paid.',
        );
      return {
        id: 'payment-1',
        text:
          payment.type === 'transfer'
            ? `To ${payment.to.slice(0, 6)}…${payment.to.slice(-4)}`
            : 'From the market to your wallet',
        direction: payment.type === 'transfer' ? 'out' : 'in',
        amount,
        fee_most: samples.units('0.0063'),
        deploys: situation.has('poor'),
        balance: String(balance),
      };
    },
    async makePayment(_, payment) {
      await wait(600);
      needKey();
      if (payment.type === 'transfer') {
        balance -= BigInt(payment.amount);
        entries = [entry(entries.length + 1, { amount: payment.amount }), ...entries];
      } else {
        balance += owed;
        owed = 0n;
      }
      emit({ type: 'wallet' });
      return entry(9, {}).hash;
    },
    async protectKey(protection, password) {
      await wait(300);
      if (protection === 'none' && key.protection === 'password' && password !== PASSWORD)
        refuse('wrong_password', 'That is not the password.', 'Nothing was changed. Try again.');
      if (protection === 'keychain' && situation.has('nokeychain'))
        refuse('keychain', 'This computer has no keychain.', 'Protect the key with a password instead.');
      changeKey({ protection, locked: false });
    },
    async unlockWallet(password) {
      await wait(300);
      if (password !== PASSWORD)
        refuse('wrong_password', 'That is not the password.', 'Nothing was changed. Try again.');
      changeKey({ locked: false });
    },
    lockWallet: async () => changeKey({ locked: true }),
    setLockMinutes: async (minutes) => changeKey({ lock_minutes: minutes }),
    async importKey() {
      changeKey({ replaced: true });
      return '/home/mia/.local/share/veriframe/key-04a1b2c3-2026-03-04.json';
    },
  };
}
