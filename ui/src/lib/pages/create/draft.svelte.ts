// The scene on the Create page and what shall be rendered of it. It outlives a visit to another page.
import {
  asCommandError,
  backend,
  type CheckView,
  type CommandError,
  type EstimateView,
  type Fix,
  type JobSettings,
  type Located,
  type Problem,
  type SceneView,
  type TestFrameView,
} from '$lib/backend';
import { fileName } from '$lib/format';
import { parseFrames } from '$lib/frames';
import { parseCredits } from '$lib/money';
import { m } from '$messages';
import { notify } from '$lib/state/toasts.svelte';
import { isPaid } from '$lib/state/unit.svelte';

const SETTLE = 250;
/** Milliseconds without a change until the scene is timed. */
const IDLE = 1500;
/** The note that stands where the problems with this computer's Blender will, until it has answered. */
const ASKING = 'asking_blender';

export class Draft {
  /** Path of the scene being read, while it is. */
  reading: string | null = $state(null);
  failed: { path: string; error: CommandError } | null = $state.raw(null);
  scene: SceneView | null = $state.raw(null);
  settings: JobSettings | null = $state.raw(null);
  /** What stands in the text fields, which may be wrong. */
  percentText = $state('');
  samplesText = $state('');
  /** `null`: not touched, the estimate's own cap stands there. */
  capText: string | null = $state(null);
  estimate: EstimateView | null = $state.raw(null);
  estimating = $state(false);
  estimateError: CommandError | null = $state.raw(null);
  testProgress: number | null = $state(null);
  testFrame: TestFrameView | null = $state.raw(null);
  testError: CommandError | null = $state.raw(null);
  checking = $state(false);
  check: CheckView | null = $state.raw(null);
  checkError: CommandError | null = $state.raw(null);
  posting = $state(false);

  #timer: ReturnType<typeof setTimeout> | undefined;
  #timing: ReturnType<typeof setTimeout> | undefined;
  /** The scene that was timed, or is being; it is tried once. */
  #timed = '';
  #asked = 0;
  #opened = 0;

  readonly frames = $derived(parseFrames(this.settings?.frames ?? ''));
  readonly percentWrong = $derived(!isWhole(this.percentText, 1, 400));
  readonly samplesWrong = $derived(
    this.samplesText.trim() !== '' && !isWhole(this.samplesText, 1, 16_777_216),
  );
  readonly capWrong = $derived(
    this.capText !== null && this.capText.trim() !== '' && parseCredits(this.capText) === null,
  );
  /** Whether the job costs anything; before its estimate is there, what holds for the window. */
  readonly costs = $derived(this.estimate ? this.estimate.cost !== null : isPaid());
  readonly valid = $derived(!this.frames.error && !this.percentWrong && !this.samplesWrong && !this.capWrong);

  /** The problem that blocks, unless a choice for this job has settled it. */
  readonly blocking = $derived(
    this.scene?.problems.find((problem) => problem.severity === 'blocking' && !this.settled(problem)) ?? null,
  );

  /** A problem is settled when one of its own remedies is in the settings. */
  settled(problem: Problem): boolean {
    return problem.fixes.some((fix) => {
      switch (fix.kind) {
        case 'ignore_missing':
          return this.settings?.ignore_missing === true;
        case 'denoise_off':
          return this.settings?.denoise_off === true;
        case 'bake':
          return this.settings?.bake === true;
        case 'set_frames':
          return this.settings?.frames !== this.scene?.defaults.frames && this.frames.error === null;
        default:
          return false;
      }
    });
  }

  async open(path: string, scene = '', keep: JobSettings | null = null): Promise<void> {
    const turn = ++this.#opened;
    this.reading = path;
    this.failed = null;
    try {
      const view = await backend.inspectScene(path, scene, keep?.located ?? []);
      if (turn !== this.#opened) return;
      this.scene = view;
      // What was typed while the scene was read again is newer than what is kept.
      this.settings = keep
        ? { ...keep, ...this.settings, located: keep.located, path: view.path, scene }
        : view.defaults;
      if (!keep) {
        this.percentText = String(view.defaults.percent);
        this.samplesText = view.defaults.samples > 0 ? String(view.defaults.samples) : '';
        this.capText = null;
        this.testFrame = null;
        this.testError = null;
        this.check = null;
        this.checkError = null;
        this.estimate = null;
      }
      this.#estimateSoon(0);
      if (view.problems.some(({ id }) => id === ASKING)) void this.#rereadWithBlender(turn);
    } catch (thrown) {
      if (turn !== this.#opened) return;
      const error = asCommandError(thrown);
      // A scene that is open stays open, whatever was dropped on it.
      if (this.scene) notify('bad', `${m.create.notOpened(fileName(path))}: ${error.message}`, error.hint);
      else this.failed = { path, error };
    } finally {
      if (turn === this.#opened) this.reading = null;
    }
  }

  /** Reads the scene again with what is known by now. */
  reread(scene = this.settings?.scene ?? ''): Promise<void> {
    return this.settings ? this.open(this.settings.path, scene, this.settings) : Promise.resolve();
  }

  /** The provider's page comes with what Blender answered: then more can be said of the scene. */
  async #rereadWithBlender(turn: number): Promise<void> {
    try {
      await backend.provider();
    } catch {
      // The estimate waits for the same answer and shows why there is none.
      return;
    }
    if (turn === this.#opened && this.scene) await this.reread();
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#timing);
    this.#timed = '';
    this.#asked += 1;
    this.scene = null;
    this.settings = null;
    this.estimate = null;
    this.testFrame = null;
    this.check = null;
    this.checkError = null;
  }

  change(part: Partial<JobSettings>): void {
    if (!this.settings) return;
    this.settings = { ...this.settings, ...part };
    this.#estimateSoon(SETTLE);
  }

  setPercent(text: string): void {
    this.percentText = text;
    if (!this.percentWrong) this.change({ percent: Number(text) });
  }

  setSamples(text: string): void {
    this.samplesText = text;
    if (!this.samplesWrong) this.change({ samples: Number(text.trim() || 0) });
  }

  setCap(text: string): void {
    this.capText = text;
    if (!this.capWrong) this.change({ cap: parseCredits(text) ?? '' });
  }

  async fix(fix: Fix): Promise<void> {
    switch (fix.kind) {
      case 'locate': {
        const actual = await backend.chooseFile(m.create.locateTitle(fileName(fix.stored_path)));
        if (actual !== null) await this.#locate([{ stored_path: fix.stored_path, actual }]);
        break;
      }
      case 'search_folder': {
        const folder = await backend.chooseFolder(m.create.searchTitle);
        if (folder === null || !this.scene) break;
        const found = await backend.searchMissing(this.scene.path, folder);
        if (found.length === 0) notify('warn', m.create.foundNone, m.create.foundNoneText);
        else {
          await this.#locate(found);
          notify('info', m.create.foundFiles(found.length));
        }
        break;
      }
      case 'ignore_missing':
        this.change({ ignore_missing: true });
        break;
      case 'denoise_off':
        this.change({ denoise_off: true });
        break;
      case 'bake':
        this.change({ bake: true });
        break;
      case 'set_frames':
        this.change({ frames: fix.frames });
        break;
      case 'open_settings':
        location.hash = '#/settings';
        break;
      case 'explain':
        break;
    }
  }

  /** Takes a settled problem's remedy back. */
  unfix(problem: Problem): void {
    for (const fix of problem.fixes) {
      if (fix.kind === 'ignore_missing') this.change({ ignore_missing: false });
      if (fix.kind === 'denoise_off') this.change({ denoise_off: false });
      if (fix.kind === 'bake') this.change({ bake: false });
      if (fix.kind === 'set_frames' && this.scene) this.change({ frames: this.scene.defaults.frames });
    }
  }

  async #locate(found: Located[]): Promise<void> {
    if (!this.settings) return;
    const known = this.settings.located.filter(
      (old) => !found.some((one) => one.stored_path === old.stored_path),
    );
    this.settings = { ...this.settings, located: [...known, ...found] };
    await this.reread();
  }

  async renderTestFrame(): Promise<void> {
    if (!this.settings || this.testProgress !== null) return;
    this.testProgress = 0;
    this.testError = null;
    try {
      this.testFrame = await backend.renderTestFrame(this.settings);
      this.#estimateSoon(0);
    } catch (thrown) {
      this.testError = asCommandError(thrown);
    } finally {
      this.testProgress = null;
    }
  }

  /** Lets a Blender of this computer look at the packed copy. */
  async checkPacked(): Promise<void> {
    if (!this.settings || this.checking) return;
    this.checking = true;
    this.checkError = null;
    const turn = this.#opened;
    try {
      const check = await backend.checkPacked(this.settings);
      if (turn === this.#opened) this.check = check;
    } catch (thrown) {
      if (turn === this.#opened) this.checkError = asCommandError(thrown);
    } finally {
      this.checking = false;
    }
  }

  /** The cap that was on the screen is the cap that is meant. */
  meant(): JobSettings {
    const settings = this.settings!;
    return { ...settings, cap: settings.cap || (this.estimate?.cost?.cap ?? '') };
  }

  /** Posts the job; its id, or nothing when it was refused (which was shown). */
  async post(feeMost = ''): Promise<string | null> {
    if (!this.settings || this.posting) return null;
    this.posting = true;
    try {
      const id = await backend.postJob(this.meant(), feeMost);
      this.clear();
      return id;
    } catch (thrown) {
      const error = asCommandError(thrown);
      notify('bad', error.message, error.hint);
      return null;
    } finally {
      this.posting = false;
    }
  }

  refreshEstimate(): void {
    this.#estimateSoon(0);
  }

  /** A guess is replaced by what a small frame of the scene takes, once nobody changes anything. */
  #timeSoon(): void {
    clearTimeout(this.#timing);
    const name = `${this.settings?.path}\n${this.settings?.scene}\n${this.scene?.bytes}`;
    const wanted = this.estimate?.here && !this.estimate.measured && this.estimate.blocked === '';
    if (!wanted || this.blocking || this.#timed === name) return;
    this.#timing = setTimeout(async () => {
      if (!this.settings || this.posting || this.testProgress !== null || this.checking) return;
      this.#timed = name;
      try {
        await backend.timeScene(this.settings);
        this.#estimateSoon(0);
      } catch {
        // The guess stays; what is wrong shows when it matters.
      }
    }, IDLE);
  }

  #estimateSoon(wait: number): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#timing);
    const asked = ++this.#asked;
    if (!this.valid) {
      this.estimating = false;
      return;
    }
    this.estimating = true;
    this.#timer = setTimeout(async () => {
      try {
        const estimate = await backend.estimate(this.settings!);
        if (asked !== this.#asked) return;
        this.estimate = estimate;
        this.estimateError = null;
        this.#timeSoon();
      } catch (thrown) {
        if (asked !== this.#asked) return;
        this.estimateError = asCommandError(thrown);
      }
      this.estimating = false;
    }, wait);
  }
}

function isWhole(text: string, least: number, most: number): boolean {
  const value = Number(text.trim());
  return /^\d+$/.test(text.trim()) && value >= least && value <= most;
}

export const draft = new Draft();
