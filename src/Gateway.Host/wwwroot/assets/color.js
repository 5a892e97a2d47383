// Colours as lights state them, as the screen shows them.

const clamp = (v, min = 0, max = 1) => Math.min(max, Math.max(min, v));
const encode = c => c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055; // IEC 61966-2-1

function fromXy({ x, y }) {
  if (y <= 0) return [0, 0, 255];
  const X = x / y, Z = (1 - x - y) / y;
  const linear = [3.2404542 * X - 1.5371385 - 0.4985314 * Z, -0.969266 * X + 1.8760108 + 0.041556 * Z, 0.0556434 * X - 0.2040259 + 1.0572252 * Z].map(c => Math.max(0, c));
  const top = Math.max(...linear, 1e-9);
  return linear.map(c => Math.round(255 * encode(c / top)));
}

export function fromHs({ h, s }) {
  const f = n => {
    const k = (n + h / 60) % 6;
    return Math.round(255 * (1 - (s / 100) * clamp(Math.min(k, 4 - k))));
  };
  return [f(5), f(3), f(1)];
}

/** A black body's colour (Tanner Helland's fit to Charity's table, good from 1000 K to 40000 K). */
export function fromMireds(mireds) {
  const t = 10_000 / mireds;
  return (t <= 66
    ? [255, 99.47 * Math.log(t) - 161.12, t <= 19 ? 0 : 138.52 * Math.log(t - 10) - 305.04]
    : [329.7 * (t - 60) ** -0.1332, 288.12 * (t - 60) ** -0.0755, 255]).map(c => Math.round(clamp(c, 0, 255)));
}

const WARM_WHITE = fromMireds(370);

/** The colour that a light in this state sheds. */
export function rgbOf(state) {
  if (state.color_temp != null) return fromMireds(state.color_temp);
  const { color } = state;
  if (!color) return WARM_WHITE;
  return color.x != null ? fromXy(color) : color.h != null ? fromHs(color) : [color.r, color.g, color.b];
}

export function toHs([r, g, b]) {
  const max = Math.max(r, g, b), range = max - Math.min(r, g, b);
  if (range === 0) return { h: 0, s: 0 };
  const h = max === r ? (g - b) / range : max === g ? 2 + (b - r) / range : 4 + (r - g) / range;
  return { h: Math.round((h * 60 + 360) % 360), s: Math.round(100 * range / max) };
}

export const css = rgb => `rgb(${rgb.join(' ')})`;
