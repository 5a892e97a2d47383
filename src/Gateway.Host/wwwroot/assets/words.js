export const percent = brightness => `${Math.max(1, Math.round(brightness / 2.55))} %`;

const units = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** "3 minutes ago", "in 2 days"; "never" without a time. */
export function when(time) {
  if (!time) return 'never';
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  const [unit, size] = units.find(([, s]) => Math.abs(seconds) >= s) ?? units.at(-1);
  return relative.format(Math.round(seconds / size), unit);
}

export const exactly = time => new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

const state = s => s?.state === 'ON' ? 'on' : s?.state === 'OFF' ? 'off' : 'not known';

/** What a state says, such as "on, 40 %, 2700 K". */
export function stateWords(s) {
  if (!s?.state) return 'nothing yet';
  if (s.state === 'OFF') return 'off';
  const parts = ['on'];
  if (s.brightness != null) parts.push(percent(s.brightness));
  if (s.color_temp != null) parts.push(`${kelvin(s.color_temp)} K`);
  else if (s.color) parts.push('coloured');
  if (s.effect) parts.push(s.effect);
  return parts.join(', ');
}

export const kelvin = mireds => Math.round(1e5 / mireds) * 10;

/** How a light is, in a few words, and in what tone: never more than is known. */
export function statusOf({ now, reported, available, reason, confirmation }) {
  if (!available) return ['bad', `Unavailable: ${reason ?? 'the fixture does not answer'}`];
  const level = now.state === 'ON' && now.brightness != null ? ` at ${percent(now.brightness)}` : '';
  switch (confirmation) {
    case 'pending': return ['wait', reported?.state === now.state ? 'Changing…' : `Turning ${state(now)}…`];
    case 'unconfirmed': return ['warn', `Not confirmed: asked to be ${state(now)}, ${reported ? `says it is ${stateWords(reported)}` : 'no answer'}`];
    case 'sent': return ['', `Sent ${state(now)}${level}; this light never answers`];
  }
  return now.state ? ['', (now.state === 'ON' ? 'On' : 'Off') + level] : ['', 'Not known yet'];
}
