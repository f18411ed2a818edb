// Where a picture stands on the stage. All lengths in CSS pixels; `scale` is CSS pixels per picture pixel.

export type View = { scale: number; x: number; y: number };
export type Size = { width: number; height: number };

export const SCALE_MIN = 0.02;
export const SCALE_MAX = 32;

/** The whole picture, as large as the stage allows, in its middle. */
export function fit(picture: Size, stage: Size): View {
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height);
  return centred(picture, stage, clampScale(scale));
}

/** A picture of this scale in the middle of the stage. */
export function centred(picture: Size, stage: Size, scale: number): View {
  return {
    scale,
    x: (stage.width - picture.width * scale) / 2,
    y: (stage.height - picture.height * scale) / 2,
  };
}

/** Another scale; the point of the picture under `x`, `y` of the stage stays there. */
export function zoomAt(view: View, factor: number, x: number, y: number): View {
  const scale = clampScale(view.scale * factor);
  const grown = scale / view.scale;
  return { scale, x: x - (x - view.x) * grown, y: y - (y - view.y) * grown };
}

function clampScale(scale: number): number {
  return Math.min(SCALE_MAX, Math.max(SCALE_MIN, scale));
}

/** The address of a picture, developed with another exposure. */
export function withExposure(address: string, stops: number): string {
  if (address === '') return '';
  const bare = address.replace(/([?&])exposure=[^&]*(&|$)/, (_, before: string, after: string) =>
    after ? before : '',
  );
  return `${bare}${bare.includes('?') ? '&' : '?'}exposure=${stops}`;
}
