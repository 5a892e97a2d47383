import { h, show, text } from '../dom.js';
import { house } from '../house.js';
import { LightCard } from './light.js';

/** The house by rooms. Elements stay where they are while lights change, so that focus and thumbs stay too. */
export function lightsView(main, me) {
  const mayWrite = me.scopes?.some(s => s === 'lights:write' || s === 'admin');
  const summary = h('p', { class: 'summary' });
  const off = h('button', { class: 'quiet', hidden: true, onclick: () => house.wishAll(null, { state: 'OFF' }) }, 'All off');
  const rooms = h('div', { class: 'rooms' });
  const view = new Rooms(rooms, mayWrite);

  const sum = () => {
    const lights = house.lights;
    const on = lights.filter(l => l.shines.state === 'ON').length;
    text(summary, !house.known ? 'Looking around the house…' : !lights.length ? 'No light yet. Add one to gateway.toml, or announce it over MQTT.' : on ? `${on} of ${lights.length} on` : lights.every(l => l.shines.state === 'OFF') ? 'All is dark' : 'None known to be on');
    off.hidden = !mayWrite || !lights.length;
  };
  const all = () => { view.arrange(); sum(); };
  const one = event => { view.update(event.detail); sum(); };
  house.addEventListener('all', all);
  house.addEventListener('light', one);

  show(main, 'Lights', h('div', { class: 'head' }, h('div', null, h('h1', null, 'Lights'), summary), off), rooms);
  all();
  return () => {
    house.removeEventListener('all', all);
    house.removeEventListener('light', one);
  };
}

class Rooms {
  #cards = new Map();
  #rooms = new Map();

  constructor(element, mayWrite) {
    this.element = element;
    this.mayWrite = mayWrite;
  }

  /** Puts every light into its room, rooms by name, those without one last. */
  arrange() {
    const lights = house.lights;
    const byRoom = Map.groupBy(lights, l => l.room ?? '');
    const names = [...byRoom.keys()].sort((a, b) => !a - !b || a.localeCompare(b));
    for (const id of this.#cards.keys()) if (!lights.some(l => l.id === id)) this.#cards.delete(id);
    for (const name of this.#rooms.keys()) if (!byRoom.has(name)) this.#rooms.delete(name);
    keep(this.element, names.map(name => {
      const room = this.#room(name);
      keep(room.list, byRoom.get(name).map(l => this.#card(l.id).element));
      room.element.dataset.size = Math.min(4, byRoom.get(name).length);
      return room.element;
    }));
    lights.forEach(l => this.#card(l.id).update(l));
    names.forEach(name => this.#sum(name));
  }

  update(id) {
    const light = house.light(id);
    if (!light) return;
    this.#card(id).update(light);
    this.#sum(light.room ?? '');
  }

  #card(id) {
    if (!this.#cards.has(id)) this.#cards.set(id, new LightCard(id, this.mayWrite));
    return this.#cards.get(id);
  }

  #room(name) {
    if (this.#rooms.has(name)) return this.#rooms.get(name);
    const title = name || 'Elsewhere';
    const list = h('ul', { class: 'cards' });
    const count = h('span', { class: 'count' });
    const button = this.mayWrite && h('button', {
      class: 'switch', role: 'switch', 'aria-checked': 'false', 'aria-label': `All of ${title}`,
      onclick: () => toggle(name, button.getAttribute('aria-checked') === 'true' ? 'OFF' : 'ON'),
    });
    const room = { list, count, button, element: h('section', { class: 'room', 'aria-label': title }, h('div', { class: 'room-head' }, h('h2', null, title), count, button), list) };
    this.#rooms.set(name, room);
    return room;
  }

  #sum(name) {
    const lights = house.lights.filter(l => (l.room ?? '') === name);
    const room = this.#rooms.get(name);
    if (!room) return;
    const on = lights.filter(l => l.shines.state === 'ON').length;
    text(room.count, lights.length > 1 && on ? `${on} of ${lights.length} on` : '');
    if (!room.button) return;
    room.button.hidden = lights.length < 2;
    room.button.setAttribute('aria-checked', String(lights.some(l => l.now.state === 'ON')));
    room.button.dataset.known = lights.some(l => l.now.state);
  }
}

/** The API knows rooms by name; lights without one are asked one by one. */
function toggle(name, wish) {
  if (name) house.wishAll(name, { state: wish });
  else house.lights.filter(l => !l.room).forEach(l => house.wish(l.id, { state: wish }));
}

/** Makes these the children, in this order, moving only what must move: a moved element loses its focus. */
function keep(parent, children) {
  [...parent.children].forEach(child => { if (!children.includes(child)) child.remove(); });
  children.forEach((child, i) => { if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] ?? null); });
}
