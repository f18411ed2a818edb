import { unit } from '$lib/state/unit.svelte';

export const settings = {
  what: 'the settings',
  facts: 'Every change counts at once',
  search: 'Search the settings',
  nothing: (words: string) => `No setting mentions “${words}”.`,
  showAll: 'Show all settings',
  byDefault: (value: string) => `By default: ${value}`,
  reset: (name: string) => `Set back: ${name}`,
  resetShort: 'Set back',
  on: 'on',
  off: 'off',
  empty: 'empty',
  groups: { look: 'Look', render: 'Rendering', network: 'Network', money: 'Money', notices: 'Notices' },

  theme: {
    name: 'Theme',
    does: 'Colours of the window.',
    system: 'As the system',
    light: 'Light',
    dark: 'Dark',
  },
  text: {
    name: 'Text size',
    does: 'Makes every text and control larger.',
    size: (percent: number) => `${percent} %`,
  },
  blender: {
    name: 'Blender programs',
    does: 'More Blender programs to use, beside those that are found by themselves.',
    none: 'only those found',
    add: 'Add…',
    choose: 'Choose a Blender program',
    remove: (path: string) => `Remove ${path}`,
  },
  save: {
    name: 'Folder for frames',
    does: 'Where Save all suggests to put finished frames.',
    initial: 'Pictures/VeriFrame',
    choose: 'Choose…',
    title: 'Folder for frames',
  },
  sandbox: {
    name: 'Render without a sandbox',
    does: 'Lets strangers’ scenes run where no sandbox is available. They could then read your files.',
  },
  autostart: { name: 'Provide on start', does: 'Starts providing whenever the app starts.' },
  coordinator: {
    name: 'Coordinator',
    does: 'Address of the coordinator that hands out frames. Counts from the next start of the app.',
    initial: 'the one in this app',
    wrong: 'An address begins with http:// or https://.',
  },
  starknet: {
    name: 'Starknet node',
    does: 'JSON-RPC address that STRK goes through, where the home has the contracts’ chain.json. Counts from the next start of the app.',
    initial: 'none',
    wrong: 'An address begins with http:// or https://.',
  },
  watts: {
    name: 'Power while rendering',
    does: 'What this computer draws while it renders, in watts.',
    initial: 'not known',
    unit: 'W',
  },
  price: {
    name: 'Price of electricity',
    does: 'What a kilowatt hour costs; Earnings takes it off.',
    initial: 'not known',
    get unit() {
      return unit();
    },
  },
  wallet: {
    name: 'Wallet',
    does: 'Your key and its money. It stands beside the other pages once a market is connected.',
  },
  jobEnded: {
    name: 'When a job ends',
    does: 'Tells you through the system when a job is complete or has failed.',
  },
  payout: { name: 'When money arrives', does: 'Tells you through the system when a frame earned something.' },
  wrongWatts: 'A whole number up to 100,000, or empty.',
  wrongPrice: 'An amount such as 0.30, or empty.',

  doctor: 'Doctor',
  doctorText:
    'Checks Blender, the sandbox, the disk and the network on this computer, and says what to do. The report holds no secret and no user name.',
  run: 'Check this computer',
  runAgain: 'Check again',
  running: 'Checking this computer…',
  copyReport: 'Copy the report',
  levels: { ok: 'well', warning: 'look here', bad: 'wrong' },
  version: (version: string) => `VeriFrame ${version}`,
};
