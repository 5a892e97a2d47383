const CLAIMS = ['verified', 'attention', 'believed'];

/** Whether the house can be reached, as the gateway says it and no longer than its word is good: a page cannot say what nobody knows. */
class Reach extends EventTarget {
  pattern = 'unknown';
  #until = () => true;
  #timer;

  constructor() {
    super();
    document.addEventListener('visibilitychange', () => this.#check()); // a device that slept has stopped its timers
  }

  /** What the gateway says; a claim is good for `good_for` seconds. */
  heard({ pattern, good_for }) {
    clearTimeout(this.#timer);
    const [sooner, later] = [performance.now(), Date.now()];
    // One of the two stands still while a device sleeps, the other may be set back: the faster one counts.
    this.#until = () => good_for * 1000 - Math.max(performance.now() - sooner, Date.now() - later);
    if (CLAIMS.includes(pattern)) this.#timer = setTimeout(() => this.#check(), good_for * 1000);
    this.#set(pattern);
    this.#check();
    this.dispatchEvent(new Event('heard'));
  }

  /** The line is gone: from now on nothing is known. */
  lost() {
    clearTimeout(this.#timer);
    this.#set('unknown');
  }

  #check() {
    if (CLAIMS.includes(this.pattern) && this.#until() <= 0) this.#set('unknown');
  }

  #set(pattern) {
    if (this.pattern === pattern) return;
    this.pattern = pattern;
    this.dispatchEvent(new Event('change'));
  }
}

export const reach = new Reach();

const LABELS = {
  verified: ['good', 'Reachable'],
  attention: ['good', 'Reachable, with a warning'],
  believed: ['wait', 'Not proven'],
  unreachable: ['bad', 'Not reachable'],
  'name-wrong': ['bad', 'Name is wrong'],
  'no-internet': ['bad', 'No internet'],
  'no-network': ['bad', 'No network'],
  'bad-config': ['bad', 'Settings have mistakes'],
  setup: ['wait', 'No name yet'],
  starting: ['', 'Starting'],
};

/** A tone and two words. */
export const labelOf = pattern => LABELS[pattern] ?? ['', 'Not known'];
