import { call } from './api.js';

const PACE = 60_000;

let last = -PACE;
let timer;

/** Whoever uses this page away from home proves by it that the gateway is reached: now, and once a minute while the page is seen. */
export async function prove() {
  clearTimeout(timer);
  const wait = last + PACE - performance.now();
  if (wait > 0 || document.hidden) {
    timer = setTimeout(prove, Math.max(wait, 1_000));
    return;
  }
  last = performance.now();
  try {
    const { path } = await call('POST', '/api/reachability/proof');
    await fetch(path, { cache: 'no-store' });
    timer = setTimeout(prove, PACE);
  } catch {
    // At home again, or not by the way to which the name leads: nothing to prove until there is a new connection.
  }
}
