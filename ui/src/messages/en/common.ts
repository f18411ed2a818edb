import { plural } from '../plural';

export const common = {
  product: 'VeriFrame',
  pages: {
    create: 'Create',
    jobs: 'Jobs',
    provide: 'Provide',
    earnings: 'Earnings',
    wallet: 'Wallet',
    settings: 'Settings',
  },
  navigation: 'Pages',
  skip: 'Skip to the page',
  statusOf: 'This computer',
  jobsRunning: (count: number) => `${plural(count, { one: 'job', other: 'jobs' })} running`,
  cost: {
    sign: 'Sign and send',
    asking: 'Asking the network what it costs…',
    spends: 'Leaves your wallet',
    fee: 'Fees of the network, at most',
    together: 'Together, at most',
    balance: 'Your wallet holds',
    deploys: 'This is your first payment: your account is put on the chain with it.',
  },
  starting: 'Starting…',
  dropToCheck: (names: string[]) =>
    names.length === 1 ? `Drop to check “${names[0]}”` : 'Drop one .blend at a time',
  tryAgain: 'Try again',
  back: 'Back',
  close: 'Close',
  save: 'Save',
  undo: 'Undo',
  copy: 'Copy',
  copied: 'Copied',
  change: 'Change…',
  notices: 'Messages',
  dismiss: (title: string) => `Dismiss “${title}”`,
  showJob: 'Show the job',
  loading: (what: string) => `Reading ${what}…`,
  /** `1 STRK = $0.1234 · CoinGecko, 12 s ago · coordinator`. */
  priceOrigin: (symbol: string, usd: string, source: string, answeredBy: string, age: number) =>
    `1 ${symbol} = $${usd} · ${source}, ${age} s ago · ${answeredBy}`,
  couldNotCopy: 'The text could not be copied. Select it and copy it by hand.',
};
