import type {
  AppEvent,
  ChainAction,
  CheckView,
  ChainWalletView,
  DoctorReport,
  EarningsView,
  EstimateView,
  FrameAction,
  FrameCell,
  FrameView,
  JobRow,
  JobSettings,
  JobView,
  KeyProtection,
  LedgerPage,
  LimitsView,
  Located,
  NewKey,
  PaymentQuote,
  PriceView,
  ProviderView,
  QuoteView,
  RecentFile,
  SavedFrames,
  SceneView,
  SettingsView,
  StatusView,
  StopMode,
  StorageView,
  TestFrameView,
  TransactionPage,
  WalletPayment,
  WalletView,
  WhenDone,
  WhenDoneView,
} from './types';

/** Everything the window can ask of the program behind it. Every call may be refused with a `CommandError`. */
export interface Backend {
  status(): Promise<StatusView>;
  startupFile(): Promise<string | null>;
  firstPaint(): Promise<void>;
  openFolder(path: string): Promise<void>;
  chooseSceneFile(): Promise<string | null>;
  chooseFile(title: string): Promise<string | null>;
  chooseFolder(title: string): Promise<string | null>;

  inspectScene(path: string, scene: string, located: Located[]): Promise<SceneView>;
  searchMissing(path: string, folder: string): Promise<Located[]>;
  estimate(settings: JobSettings): Promise<EstimateView>;
  renderTestFrame(settings: JobSettings): Promise<TestFrameView>;
  /** A small frame for nobody to look at, so that the estimate rests on this very scene. */
  timeScene(settings: JobSettings): Promise<void>;
  /** Packs the scene and lets a Blender of this computer look at the copy. */
  checkPacked(settings: JobSettings): Promise<CheckView>;
  /** Returns the id of the job at once; the stages arrive as events. */
  quoteJob(settings: JobSettings): Promise<QuoteView>;
  /** `feeMost` is what the quote said; empty where credits are paid, or nothing. */
  postJob(settings: JobSettings, feeMost: string): Promise<string>;
  quoteOnChain(job: string, action: ChainAction): Promise<QuoteView>;
  actOnChain(job: string, action: ChainAction, feeMost: string): Promise<void>;
  recentFiles(): Promise<RecentFile[]>;
  forgetRecent(path: string): Promise<void>;
  sampleScene(): Promise<string>;

  jobs(): Promise<JobRow[]>;
  job(id: string): Promise<JobView>;
  jobFrames(id: string): Promise<FrameCell[]>;
  frame(job: string, frame: number): Promise<FrameView>;
  pauseJob(id: string): Promise<void>;
  resumeJob(id: string): Promise<void>;
  /** The first is rendered first; whatever else there is stands where it stood. */
  orderJobs(ids: string[]): Promise<void>;
  /** `now`: frames in hand are given back; else they are finished. */
  pauseAllJobs(now: boolean): Promise<void>;
  resumeAllJobs(): Promise<void>;
  whenDone(): Promise<WhenDoneView>;
  /** Ends the minute before it happens, too. */
  setWhenDone(choice: WhenDone): Promise<void>;
  cancelJob(id: string): Promise<void>;
  actOnFrames(job: string, frames: number[], action: FrameAction): Promise<void>;
  /** No frames named: all that are finished. */
  saveFrames(job: string, frames: number[], folder: string): Promise<SavedFrames>;

  provider(): Promise<ProviderView>;
  startProviding(): Promise<void>;
  stopProviding(mode: StopMode): Promise<void>;
  snoozeProviding(minutes: number): Promise<void>;
  consentToProviding(): Promise<void>;
  setDevice(id: string, enabled: boolean): Promise<void>;
  setLimits(limits: LimitsView): Promise<void>;
  rescanBlenders(): Promise<void>;
  runBenchmark(): Promise<void>;

  earnings(days: number): Promise<EarningsView>;
  /** The path of the file, or nothing when the dialog was closed. */
  exportEarnings(): Promise<string | null>;

  wallet(): Promise<WalletView>;
  ledger(cursor: string): Promise<LedgerPage>;
  askForCredits(): Promise<void>;
  transfer(to: string, amount: string): Promise<void>;
  backUpKey(folder: string): Promise<string>;
  /** Only where `WalletView.has_chain` says so, as the next five. */
  chainWallet(): Promise<ChainWalletView>;
  transactions(cursor: string): Promise<TransactionPage>;
  openTransaction(hash: string): Promise<void>;
  fundWallet(): Promise<void>;
  quotePayment(payment: WalletPayment): Promise<PaymentQuote>;
  /** The hash of the transaction. Made twice under one id, it happens once. */
  makePayment(id: string, payment: WalletPayment, feeMost: string): Promise<string>;
  protectKey(protection: KeyProtection, password: string): Promise<void>;
  unlockWallet(password: string): Promise<void>;
  lockWallet(): Promise<void>;
  setLockMinutes(minutes: number): Promise<void>;
  /** Counts from the next start; the path of the old key's copy. */
  importKey(newKey: NewKey): Promise<string>;

  /** What coins cost; nothing where no coin is paid with, or when nobody knows. */
  prices(): Promise<PriceView[]>;

  settings(): Promise<SettingsView>;
  saveSettings(settings: SettingsView): Promise<SettingsView>;
  doctor(): Promise<DoctorReport>;
  /** What content takes here, and who else keeps it. */
  storage(): Promise<StorageView>;
  /** Bytes that were freed. */
  cleanStorage(): Promise<string>;
  /** Whether the token lies in the keychain of this computer; else in a private file. */
  setPinningToken(url: string, token: string): Promise<boolean>;
  forgetPinningToken(url: string): Promise<void>;
  testPinning(url: string): Promise<void>;

  /** Tells the callback everything that happens; the answer stops it. */
  onEvent(tell: (event: AppEvent) => void): () => void;
}
