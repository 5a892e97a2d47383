import { call } from './api.js';
import { because, complain, say } from './dom.js';
import { reach } from './reach.js';
import { statusOf } from './words.js';

const SILENCE = 60_000;
const AGAIN = 3_000;

/** The gateway's events. The browser reconnects by itself and says what it saw last; this does it where browsers give up. */
class Stream {
  #source;
  #silence;
  #again;

  constructor({ heard, connected, lost }) {
    Object.assign(this, { heard, connected, lost });
    this.wake = () => {
      if (this.#source && this.#source.readyState !== EventSource.OPEN && !document.hidden) this.open();
    };
    addEventListener('online', this.wake);
    addEventListener('offline', () => { if (this.#source) this.#broken(); });
    document.addEventListener('visibilitychange', this.wake);
  }

  open() {
    this.close();
    const source = this.#source = new EventSource('/api/events');
    source.onopen = () => {
      this.#alive();
      this.connected();
    };
    source.onerror = () => this.#broken();
    for (const type of ['snapshot', 'light', 'reachability', 'alive']) source.addEventListener(type, event => {
      this.#alive();
      this.heard(type, JSON.parse(event.data));
    });
  }

  close() {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#silence);
    clearTimeout(this.#again);
  }

  #alive() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.lost();
      this.open();
    }, SILENCE);
  }

  #broken() {
    clearTimeout(this.#silence);
    this.lost();
    if (this.#source.readyState !== EventSource.CLOSED) return;
    // Refused, not merely interrupted: perhaps the session is over. If so, call() or the answer says it.
    clearTimeout(this.#again);
    this.#again = setTimeout(async () => {
      const session = await call('GET', '/api/session').catch(() => null);
      if (session && !session.name) dispatchEvent(new Event('signed-out'));
      else if (this.#source) this.open();
    }, this.refused ? AGAIN : 0);
    this.refused = true;
  }
}

const PACE = 100; // ms between commands to one light: a slider's thumb moves faster than any lamp

/**
 * The lights as the gateway tells them, and over them the wishes that it has not taken yet.
 * A wish shows at once, marked pending; it goes when the gateway answered, and from then on only the gateway's word counts.
 */
class House extends EventTarget {
  #lights = new Map();
  #wishes = new Map();  // id -> what this page asked and the gateway has not answered
  #waiting = new Map(); // id -> the part of it that is not on its way yet
  #asked = new Set();   // lights switched here: only their failures are announced
  known = false;
  connected = false;
  heardAt = Date.now();

  #stream = new Stream({
    heard: (type, data) => this.#heard(type, data),
    connected: () => this.#connection(true),
    lost: () => this.#connection(false),
  });

  open() { this.#stream.open(); }

  close() {
    this.#stream.close();
    for (const map of [this.#lights, this.#wishes, this.#waiting, this.#asked]) map.clear();
    this.known = this.connected = false;
    reach.lost();
  }

  /** Every light as it is to be shown, by name. */
  get lights() {
    return [...this.#lights.keys()].map(id => this.light(id)).sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  }

  /** A light as it is to be shown: `now` is the wish over what is desired over what was reported. */
  light(id) {
    const light = this.#lights.get(id);
    if (!light) return null;
    const wish = this.#wishes.get(id);
    const now = merge(merge(said(light.reported), said(light.desired)), wish ?? {});
    const confirmation = wish ? 'pending' : light.confirmation;
    return { ...light, now, shines: shines(now, light, confirmation), confirmation };
  }

  /** Asks one light for something; the last wish wins and none overtakes another. */
  wish(id, state) {
    this.#wishes.set(id, merge(this.#wishes.get(id) ?? {}, state));
    this.#changed(id);
    const sending = this.#waiting.has(id);
    this.#waiting.set(id, merge(this.#waiting.get(id) ?? {}, state));
    if (!sending) this.#send(id);
  }

  /** Asks a room, or with null the whole house. */
  async wishAll(room, state) {
    const ids = this.lights.filter(l => room === null || l.room === room).map(l => l.id);
    for (const id of ids) this.#wishes.set(id, merge(this.#wishes.get(id) ?? {}, state));
    ids.forEach(id => this.#changed(id));
    try {
      const answer = await call('PATCH', '/api/lights' + (room === null ? '' : `?room=${encodeURIComponent(room)}`), state);
      answer.forEach(light => this.#take(light));
    } catch (failure) {
      complain(because(`${room ?? 'The house'} was not changed`, failure));
    }
    for (const id of ids) {
      if (!this.#isWaiting(id)) this.#wishes.delete(id);
      this.#asked.add(id);
      this.#changed(id);
    }
  }

  async #send(id) {
    while (this.#isWaiting(id)) {
      const state = this.#waiting.get(id);
      this.#waiting.set(id, {});
      const pause = new Promise(done => setTimeout(done, PACE));
      try {
        this.#take(await call('PATCH', `/api/lights/${encodeURIComponent(id)}`, state));
        this.#asked.add(id);
      } catch (failure) {
        this.#waiting.set(id, {});
        complain(because(`${this.#lights.get(id)?.name ?? id} was not changed`, failure));
      }
      if (!this.#isWaiting(id)) {
        this.#wishes.delete(id);
        this.#changed(id);
      }
      await pause;
    }
    this.#waiting.delete(id);
  }

  #isWaiting(id) { return Object.keys(this.#waiting.get(id) ?? {}).length > 0; }

  #heard(type, data) {
    this.heardAt = Date.now();
    if (type === 'reachability') reach.heard(data);
    else if (type === 'snapshot') {
      this.#lights = new Map(data.lights.map(light => [light.id, light]));
      this.known = true;
      if (data.reachability) reach.heard(data.reachability);
      this.dispatchEvent(new Event('all'));
    } else if (type === 'light') {
      const before = this.#lights.get(data.id);
      if (data.removed) this.#lights.delete(data.id);
      else this.#lights.set(data.id, data);
      if (!data.removed && this.#asked.has(data.id) && data.confirmation === 'unconfirmed' && before?.confirmation === 'pending')
        say(`${data.name}: ${statusOf(this.light(data.id))[1]}`);
      if (data.removed || !before || before.room !== data.room || before.name !== data.name) this.dispatchEvent(new Event('all'));
      else this.#changed(data.id);
    }
  }

  /** An answer to a command, unless an event has told something newer. */
  #take(light) {
    const known = this.#lights.get(light.id);
    if (!known || order(light.changed) > order(known.changed)) this.#lights.set(light.id, light);
  }

  #connection(connected) {
    if (this.connected === connected) return;
    this.connected = connected;
    if (!connected) reach.lost();
    this.dispatchEvent(new Event('connection'));
  }

  #changed(id) { this.dispatchEvent(new CustomEvent('light', { detail: id })); }
}

/** A state with a wish over it: what the wish does not name stays; colour and colour temperature replace each other. */
function merge(state, wish) {
  const merged = { ...state, ...wish };
  if (wish.color && !wish.color_temp) delete merged.color_temp;
  if (wish.color_temp && !wish.color) delete merged.color;
  return merged;
}

/** What the lamp is believed to shed: while a wish is not confirmed, only the lamp itself says whether it is lit. */
function shines(now, { reported, available }, confirmation) {
  const open = confirmation === 'pending' || confirmation === 'unconfirmed';
  const state = !open ? now : reported?.state !== 'ON' ? {} : confirmation === 'pending' ? { ...now, state: 'ON' } : reported;
  return available ? state : {};
}

const said = state => Object.fromEntries(Object.entries(state ?? {}).filter(([, value]) => value != null));

/** RFC 3339 in UTC with any number of fraction digits, so that text order is time order. */
const order = time => time.slice(0, 19) + (time.slice(19).match(/^\.\d+/)?.[0] ?? '.').padEnd(10, '0');

export const house = new House();

// The gateway says something at least every 25 s; twice that in silence means the line is dead though nobody hung up.
