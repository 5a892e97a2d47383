import { h, newId, openDialog, text } from '../dom.js';
import { house } from '../house.js';
import { exactly, kelvin, percent, stateWords, statusOf } from '../words.js';

/** One light in its room: a lamp that glows as the light does, a switch, and a slider where it can be dimmed. */
export class LightCard {
  constructor(id, mayWrite) {
    const status = newId();
    this.name = h('button', { class: 'name', 'aria-haspopup': 'dialog', 'aria-describedby': status, onclick: () => openLight(id, mayWrite) });
    this.status = h('p', { class: 'status', id: status });
    this.switch = switchOf(id, status);
    this.slider = dimmerOf(id);
    this.switch.disabled = this.slider.disabled = !mayWrite;
    this.element = h('li', { class: 'card' },
      h('span', { class: 'lamp' }),
      h('div', { class: 'about' }, h('h3', null, this.name), this.status),
      this.switch, this.slider);
  }

  update(light) {
    text(this.name, light.name);
    const tone = glow(this.element, light);
    const [, words] = statusOf(light);
    text(this.status, words);
    this.status.className = 'status ' + tone;
    setSwitch(this.switch, light);
    this.slider.hidden = !light.capabilities.brightness;
    setDimmer(this.slider, light);
  }
}

/** Lets an element shine in the light's colour and brightness; returns the tone of its status. */
function glow(element, light) {
  const on = light.shines.state === 'ON';
  const level = on ? (light.shines.brightness ?? 255) / 255 : 0;
  const [tone] = statusOf(light);
  element.style.setProperty('--glow', css(rgbOf(light.shines)));
  element.style.setProperty('--level', level.toFixed(2));
  element.dataset.on = on;
  element.dataset.tone = tone;
  return tone;
}

function switchOf(id, describedBy) {
  const button = h('button', { class: 'switch', role: 'switch', 'aria-describedby': describedBy });
  button.addEventListener('click', () => house.wish(id, { state: button.getAttribute('aria-checked') === 'true' ? 'OFF' : 'ON' }));
  return button;
}

function setSwitch(button, light) {
  button.setAttribute('aria-checked', String(light.now.state === 'ON'));
  button.setAttribute('aria-label', light.name);
  button.dataset.known = Boolean(light.now.state);
  button.dataset.tone = statusOf(light)[0];
}

function dimmerOf(id) {
  return slider('dim', 1, 255, value => house.wish(id, { state: 'ON', brightness: value }));
}

function setDimmer(input, light) {
  const brightness = light.now.brightness ?? 255;
  input.setAttribute('aria-label', `Brightness of ${light.name}`);
  setSlider(input, brightness, light.now.state === 'ON' ? percent(brightness) : `${percent(brightness)}, ${light.now.state ? 'off' : 'not known'}`);
}

/** A slider that tells every step, and that no event moves while a thumb holds it. */
function slider(kind, min, max, moved) {
  const input = h('input', { type: 'range', class: kind, min, max });
  const hold = held => () => { input.dataset.held = held; };
  input.addEventListener('pointerdown', hold(true));
  for (const end of ['pointerup', 'pointercancel', 'change', 'blur']) input.addEventListener(end, hold(false));
  input.addEventListener('input', () => {
    fill(input);
    moved(input.valueAsNumber);
  });
  return input;
}

function setSlider(input, value, words) {
  if (input.dataset.held !== 'true' && input.valueAsNumber !== value) input.value = value;
  input.setAttribute('aria-valuetext', words);
  fill(input);
}

const fill = input => input.style.setProperty('--at', (input.value - input.min) / (input.max - input.min));

const COLOURS = ['xy', 'rgb', 'hs'];

/** Everything one light can do, and what is known of it. */
function openLight(id, mayWrite) {
  const title = newId(), described = newId();
  const heading = h('h2', { id: title });
  const status = h('p', { class: 'status', id: described });
  const toggle = switchOf(id, described);
  const facts = h('dl', { class: 'facts' });
  const { capabilities } = house.light(id);
  const controls = [
    capabilities.brightness && control('Brightness', dimmerOf(id), setDimmer),
    capabilities.color_temp && warmth(id, capabilities.color_temp),
    ...(capabilities.color_modes.some(m => COLOURS.includes(m)) ? colour(id) : []),
    capabilities.effects?.length && effects(id, capabilities.effects),
  ].filter(Boolean);

  const dialog = openDialog(title,
    h('div', { class: 'light-head' }, h('span', { class: 'lamp' }), h('div', { class: 'about' }, heading, status), toggle),
    ...controls.map(c => c.element),
    facts,
    h('div', { class: 'actions' }, h('button', { class: 'quiet', onclick: () => dialog.close() }, 'Close')));
  dialog.classList.add('light');
  if (!mayWrite) dialog.querySelectorAll('input, select, .switch').forEach(e => { e.disabled = true; });

  const update = () => {
    const light = house.light(id);
    if (!light) return dialog.close();
    text(heading, light.name);
    const tone = glow(dialog, light);
    text(status, statusOf(light)[1]);
    status.className = 'status ' + tone;
    setSwitch(toggle, light);
    controls.forEach(c => c.update(light));
    tell(facts, light);
  };
  const one = event => { if (event.detail === id) update(); };
  house.addEventListener('light', one);
  house.addEventListener('all', update);
  dialog.addEventListener('close', () => {
    house.removeEventListener('light', one);
    house.removeEventListener('all', update);
  });
  update();
  toggle.focus();
}

function tell(facts, light) {
  const rows = {
    Asked: stateWords(light.desired),
    Answered: light.confirmation === 'sent' ? 'this light never answers' : stateWords(light.reported),
    Changed: exactly(light.changed),
    Room: light.room ?? 'none',
    Driver: light.driver,
    Id: light.id,
  };
  if (!facts.children.length) facts.append(...Object.keys(rows).map(name => h('div', null, h('dt', null, name), h('dd', null))));
  Object.values(rows).forEach((words, i) => text(facts.children[i].lastChild, words));
}

function control(label, input, update) {
  input.id = newId();
  return {
    element: h('div', { class: 'control' }, h('label', { for: input.id }, label), input),
    update: light => {
      update(input, light);
      input.removeAttribute('aria-label'); // here it has a visible one
    },
  };
}

/** Warm at the right, as the sun sets; the thumb's ground shows the shades. */
function warmth(id, { min, max }) {
  const input = slider('warmth', min, max, value => house.wish(id, { state: 'ON', color_temp: value }));
  input.style.setProperty('--shades', [0, 0.25, 0.5, 0.75, 1].map(f => css(fromMireds(min + f * (max - min)))).join(', '));
  return control('Warmth', input, (_, light) => {
    const mireds = light.now.color_temp;
    input.dataset.idle = mireds == null;
    setSlider(input, mireds ?? Math.round((min + max) / 2), mireds == null ? 'not in use' : `${kelvin(mireds)} kelvin`);
  });
}

const HUES = [[15, 'red'], [45, 'orange'], [70, 'yellow'], [165, 'green'], [200, 'cyan'], [255, 'blue'], [290, 'violet'], [345, 'pink'], [361, 'red']];
const hueName = hue => HUES.find(([end]) => hue < end)[1];

function colour(id) {
  const now = () => ({ h: hue.valueAsNumber, s: saturation.valueAsNumber });
  const wish = color => house.wish(id, { state: 'ON', color });
  const hue = slider('hue', 0, 359, () => {
    if (saturation.valueAsNumber < 5) saturation.value = 100; // a hue without saturation would be white whatever one does
    wish(now());
  });
  const saturation = slider('saturation', 0, 100, () => wish(now()));
  const read = light => light.now.color_temp == null && light.now.color ? light.now.color.h != null ? light.now.color : toHs(rgbOf(light.now)) : null;
  const shade = () => saturation.style.setProperty('--hue', css(fromHs({ h: hue.valueAsNumber, s: 100 })));
  return [
    control('Colour', hue, (_, light) => {
      const hs = read(light);
      hue.dataset.idle = !hs;
      setSlider(hue, hs ? hs.s > 0 ? Math.round(hs.h) : hue.valueAsNumber : 30, hs ? `${hueName(hs.h)}, ${Math.round(hs.h)} degrees` : 'not in use');
      shade();
    }),
    control('Saturation', saturation, (_, light) => {
      const hs = read(light);
      saturation.dataset.idle = !hs;
      setSlider(saturation, hs ? Math.round(hs.s) : 0, hs ? `${Math.round(hs.s)} %` : 'not in use');
    }),
  ];
}

function effects(id, names) {
  const select = h('select', { onchange: () => { if (select.value) house.wish(id, { state: 'ON', effect: select.value }); } },
    h('option', { value: '' }, 'None'), ...names.map(name => h('option', { value: name }, name)));
  return control('Effect', select, (_, light) => { select.value = light.now.effect ?? ''; });
}

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

function fromHs({ h, s }) {
  const f = n => {
    const k = (n + h / 60) % 6;
    return Math.round(255 * (1 - (s / 100) * clamp(Math.min(k, 4 - k))));
  };
  return [f(5), f(3), f(1)];
}

/** A black body's colour (Tanner Helland's fit to Charity's table, good from 1000 K to 40000 K). */
function fromMireds(mireds) {
  const t = 10_000 / mireds;
  return (t <= 66
    ? [255, 99.47 * Math.log(t) - 161.12, t <= 19 ? 0 : 138.52 * Math.log(t - 10) - 305.04]
    : [329.7 * (t - 60) ** -0.1332, 288.12 * (t - 60) ** -0.0755, 255]).map(c => Math.round(clamp(c, 0, 255)));
}

const WARM_WHITE = fromMireds(370);

/** The colour that a light in this state sheds. */
function rgbOf(state) {
  if (state.color_temp != null) return fromMireds(state.color_temp);
  const { color } = state;
  if (!color) return WARM_WHITE;
  return color.x != null ? fromXy(color) : color.h != null ? fromHs(color) : [color.r, color.g, color.b];
}

function toHs([r, g, b]) {
  const max = Math.max(r, g, b), range = max - Math.min(r, g, b);
  if (range === 0) return { h: 0, s: 0 };
  const h = max === r ? (g - b) / range : max === g ? 2 + (b - r) / range : 4 + (r - g) / range;
  return { h: Math.round((h * 60 + 360) % 360), s: Math.round(100 * range / max) };
}

const css = rgb => `rgb(${rgb.join(' ')})`;
