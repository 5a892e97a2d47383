import { css, rgbOf } from '../color.js';
import { h, newId, text } from '../dom.js';
import { house } from '../house.js';
import { percent, statusOf } from '../words.js';
import { openLight } from './light-dialog.js';

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
export function glow(element, light) {
  const on = light.shines.state === 'ON';
  const level = on ? (light.shines.brightness ?? 255) / 255 : 0;
  const [tone] = statusOf(light);
  element.style.setProperty('--glow', css(rgbOf(light.shines)));
  element.style.setProperty('--level', level.toFixed(2));
  element.dataset.on = on;
  element.dataset.tone = tone;
  return tone;
}

export function switchOf(id, describedBy) {
  const button = h('button', { class: 'switch', role: 'switch', 'aria-describedby': describedBy });
  button.addEventListener('click', () => house.wish(id, { state: button.getAttribute('aria-checked') === 'true' ? 'OFF' : 'ON' }));
  return button;
}

export function setSwitch(button, light) {
  button.setAttribute('aria-checked', String(light.now.state === 'ON'));
  button.setAttribute('aria-label', light.name);
  button.dataset.known = Boolean(light.now.state);
  button.dataset.tone = statusOf(light)[0];
}

export function dimmerOf(id) {
  return slider('dim', 1, 255, value => house.wish(id, { state: 'ON', brightness: value }));
}

export function setDimmer(input, light) {
  const brightness = light.now.brightness ?? 255;
  input.setAttribute('aria-label', `Brightness of ${light.name}`);
  setSlider(input, brightness, light.now.state === 'ON' ? percent(brightness) : `${percent(brightness)}, ${light.now.state ? 'off' : 'not known'}`);
}

/** A slider that tells every step, and that no event moves while a thumb holds it. */
export function slider(kind, min, max, moved) {
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

export function setSlider(input, value, words) {
  if (input.dataset.held !== 'true' && input.valueAsNumber !== value) input.value = value;
  input.setAttribute('aria-valuetext', words);
  fill(input);
}

const fill = input => input.style.setProperty('--at', (input.value - input.min) / (input.max - input.min));
