import { bytes, duration, number, percent, short } from '$lib/format';
import { FRAMES_AT_MOST, type FramesError } from '$lib/frames';
import { framesCount, plural } from '../plural';

const topics: Record<string, { title: string; text: string }> = {
  autoexec: {
    title: 'Bake what a script drives',
    text: 'Workers never run the scripts and drivers inside a scene, so that a stranger’s file can do no harm. In Blender, select the object, choose Object › Animation › Bake Action…, then save. Simple drivers that Blender calculates by itself keep working.',
  },
  simulation: {
    title: 'Bake the simulation to disk',
    text: 'Every frame may be rendered by another worker, and none of them plays the scene from its first frame. In the physics properties of the object choose Bake (with a disk cache inside the scene’s folder), then save and drop the file again. Or let it be baked into the packed copy: Blender does it on this computer before anything is sent, and your file stays as it is.',
  },
  camera: {
    title: 'Choose a camera',
    text: 'Without a camera Blender has nothing to look through. In Blender add one with Add › Camera, choose it in Scene properties › Camera, then save and drop the file again.',
  },
  version: {
    title: 'Blender versions',
    text: 'A worker needs a Blender at least as new as the one that saved the scene. Install that version and add it in Settings › Blender programs, or wait for a worker that has it.',
  },
};

export const create = {
  emptyTitle: 'Drop a .blend here',
  emptyText: 'It is checked on this computer first. Nothing leaves it before you say so.',
  choose: 'Choose file…',
  chooseAnother: 'Choose another',
  recent: 'Recent files',
  open: (name: string) => `Open ${name}`,
  forget: (name: string) => `Forget ${name}`,
  gone: 'no longer there',
  firstStart: 'New here?',
  firstStartText: 'A small scene comes with the app. See a whole job in a minute.',
  trySample: 'Try the sample scene',
  checking: (name: string) => `Checking ${name}…`,
  checkingText: 'Reading the scene and looking for every file that it needs.',
  headFacts: (size: number, version: string, seconds: number) =>
    `${bytes(size)} · Blender ${version} · read in ${duration(Math.max(0.1, seconds))}`,
  notOpened: (name: string) => `${name} was not opened`,

  problems: (fix: number, know: number) => {
    const toFix = plural(fix, { one: 'thing to fix', other: 'things to fix' });
    const toKnow =
      fix > 0 ? `${number(know)} to know` : plural(know, { one: 'thing to know', other: 'things to know' });
    return [fix > 0 ? toFix : '', know > 0 ? toKnow : ''].filter(Boolean).join(', ');
  },
  noProblems: 'Nothing to fix',
  noProblemsText: 'Every file that the scene needs was found.',
  severity: { blocking: 'Must be fixed', warning: 'Look here', note: 'Good to know', mended: 'Settled' },
  mended: 'Settled for this job',
  fixes: {
    locate: 'Locate…',
    locateOne: (name: string) => `Locate ${name}…`,
    search: 'Search a folder…',
    ignore: 'Render without',
    denoiseOff: 'Turn denoising off',
    bake: 'Bake into the packed copy',
    setFrames: (frames: string) => `Use frames ${frames}`,
    explain: 'How?',
    settings: 'Open Settings',
  },
  locateTitle: (name: string) => `Where is ${name}?`,
  searchTitle: 'Search this folder for the missing files',
  foundFiles: (count: number) => `${plural(count, { one: 'file', other: 'files' })} found`,
  foundNone: 'None of the missing files is in that folder',
  foundNoneText: 'Folders inside it were searched as well. Try another one.',
  topic: (topic: string) =>
    topics[topic] ?? {
      title: 'What to do',
      text: 'Change the scene in Blender, save it, and drop it again.',
    },

  what: 'What will be rendered',
  facts: {
    engine: 'Engine',
    frames: 'Frames',
    size: 'Size',
    camera: 'Camera',
    objects: 'Objects',
    files: 'Files',
    memory: 'Memory',
    output: 'Output',
  },
  objectsFact: (objects: number, triangles: number) => `${number(objects)}, ${short(triangles)} triangles`,
  filesFact: (files: number, libraries: number, size: number) =>
    `${number(files)}${libraries > 0 ? ` in ${plural(libraries, { one: 'library', other: 'libraries' })}` : ''}, ${bytes(size)}`,
  memoryFact: (size: number) => (size > 0 ? `about ${bytes(size)}` : 'not known before a frame was rendered'),
  noCamera: 'none',
  allFiles: (count: number) =>
    count === 0 ? 'No other files' : `All ${plural(count, { one: 'file', other: 'files' })}`,
  filesTitle: 'Files that the scene needs',
  filesText: 'They travel with the scene, packed and checked.',
  file: 'File',
  usedBy: 'Used by',
  status: 'Status',
  statuses: {
    found: 'found',
    missing: 'missing',
    packed: 'inside the .blend',
    outside: 'found outside the folder',
    refused: 'may be private, not sent',
  },
  noFiles: 'The .blend needs no other file.',

  check: 'Check the packed copy',
  checkAgain: 'Check the copy again',
  checkRunning: 'Blender is looking at the packed copy…',
  checkTitle: (version: string) => `The packed copy, opened by Blender ${version}`,
  checkComplete: 'Nothing is missing, nothing is pink, all linked data is there.',
  checkPixels: (frame: number, size: number, equal: boolean, differing: number) =>
    equal
      ? `Frame ${frame} at ${size} % has the very pixels of the original’s.`
      : differing <= 0.01
        ? `Frame ${frame} at ${size} % looks like the original’s.`
        : `Frame ${frame} at ${size} % differs from the original’s in ${percent(differing)} of its pixels.`,
  checkOriginal: 'Original',
  checkCopy: 'Packed copy',

  testFrame: 'Render one small frame here first',
  testAgain: 'Render it again',
  testTitle: 'One small frame',
  testRunning: 'Rendering one small frame on this computer',
  testDone: (frame: number, width: number, height: number, seconds: number) =>
    `Frame ${frame}, ${width} × ${height}, took ${duration(seconds)} on this computer. The estimate now rests on it.`,

  yourJob: 'Your job',
  scene: 'Scene',
  framesLabel: 'Frames',
  resolution: 'Resolution',
  samples: 'Samples',
  samplesAsInFile: (samples: number) => (samples > 0 ? number(samples) : 'as in the file'),
  format: 'Format',
  formats: { png: 'PNG', exr: 'OpenEXR', jpeg: 'JPEG' },
  denoise: 'Denoise as the scene says',
  share: 'Share the picture among workers when that is sooner',
  anew: 'Render again what is done already',
  inPieces: (pieces: string) => `The frame is rendered in ${pieces}.`,
  pixels: (width: number, height: number) => `${width} × ${height} pixels`,
  counted: (frames: number) => framesCount(frames),
  wrongPercent: 'Between 1 and 400 %.',
  wrongSamples: 'A whole number, or empty for what the file says.',
  wrongCap: 'An amount such as 22.00.',
  framesError: (error: FramesError): string => {
    switch (error.kind) {
      case 'empty':
        return 'Write which frames, for example 1-250 or 1-5,9.';
      case 'syntax':
        return `“${error.text}” is not a frame or a range. Write for example 1-250, 1-5,9 or 1-100x10.`;
      case 'backwards':
        return `The range ${error.first}-${error.last} ends before it starts.`;
      case 'outside':
        return `Blender has no frame ${error.frame}.`;
      case 'too_many':
        return `A job has at most ${number(FRAMES_AT_MOST)} frames. Post them as several.`;
    }
  },

  likely: 'Most likely',
  atMost: 'At most (your cap)',
  capLabel: (unit: string) => `Your cap in ${unit}`,
  payTitle: 'Pay into the market contract?',
  payText:
    'The contract holds the cap. Workers get only what verified frames cost; the rest comes back to your wallet.',
  doneBy: 'Done by',
  doneByFact: (likely: string, latest: string) => `${likely}, at the latest ${latest}`,
  perFrame: (price: string, seconds: number) => `${price} and about ${duration(seconds)} a frame`,
  timePerFrame: (seconds: number) => `about ${duration(seconds)} a frame`,
  energy: 'Energy',
  // The cost is in whatever money the price in Settings is.
  energyFact: (kilowattHours: number, cost: string) =>
    `about ${kilowattHours < 0.1 ? kilowattHours.toPrecision(1) : kilowattHours.toFixed(1)} kWh${cost === '' ? '' : `, ${cost}`}`,
  // `here`: this computer renders the job by itself; the workers are others then.
  basis: (basis: string, workers: number, here: boolean) => {
    const others = plural(workers, { one: 'worker', other: 'workers' });
    if (here)
      return workers > 0
        ? `Estimated from ${basis}. This computer and ${others} render it.`
        : `Estimated from ${basis}. This computer renders it.`;
    return workers > 0
      ? `Estimated from ${basis}, with ${others} online.`
      : `Estimated from ${basis}. No worker is online now; the job waits for one.`;
  },
  promise: 'You pay per verified frame. What is not used comes back.',
  estimating: 'Estimating…',
  pay: 'Pay and render',
  render: 'Render',
  posting: 'Posting the job…',
  blockedBy: (title: string) => `First: ${title}`,
  capTooLow: (likely: string) =>
    `Your cap is below the likely price, ${likely}. Some frames would stay unrendered.`,
};
