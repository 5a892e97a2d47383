import { call } from './api.js';

// The gateway says something at least every 25 s; twice that in silence means the line is dead though nobody hung up.
const SILENCE = 60_000;
const AGAIN = 3_000;

/** The gateway's events. The browser reconnects by itself and says what it saw last; this does it where browsers give up. */
export class Stream {
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
