const drawn = new Map<string, string>();

/** A sample render: a ball that rolls over a floor, as a `data:` picture. */
export function picture(frame: number, width = 384, height = 216): string {
  const key = `${frame % 360} ${width}`;
  const known = drawn.get(key) ?? draw(frame % 360, width, height);
  drawn.set(key, known);
  return known;
}

function draw(frame: number, width: number, height: number): string {
  const x = 40 + ((frame * 13) % 300);
  const hue = (frame * 7) % 360;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 384 216">
    <defs>
      <linearGradient id="s" x2="0" y2="1"><stop stop-color="#454c5c"/><stop offset="1" stop-color="#d8d8dc"/></linearGradient>
      <radialGradient id="b" cx=".35" cy=".3"><stop stop-color="hsl(${hue} 70% 75%)"/><stop offset="1" stop-color="hsl(${hue} 55% 25%)"/></radialGradient>
    </defs>
    <rect width="384" height="216" fill="url(#s)"/><rect y="140" width="384" height="76" fill="#b5b2ad"/>
    <ellipse cx="${x}" cy="172" rx="46" ry="9" fill="#0005"/><circle cx="${x}" cy="126" r="46" fill="url(#b)"/>
    <circle cx="330" cy="150" r="22" fill="#3f8f83"/><circle cx="60" cy="158" r="16" fill="#b5653e"/>
  </svg>`;
  // What is added to the address, such as an exposure, falls into the fragment.
  return `data:image/svg+xml,${encodeURIComponent(svg.replace(/\s+/g, ' '))}#`;
}
