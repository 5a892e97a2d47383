import { call } from './api.js';
import { calm, complain, h, icon, show, text } from './dom.js';
import { house } from './house.js';
import { labelOf, reach } from './reach.js';
import { keepPage } from './pwa.js';
import { claim, join, signIn } from './views/doors.js';
import { lightsView } from './views/lights.js';

const main = document.getElementById('main');
const nav = document.getElementById('nav');
const badge = document.getElementById('reach');
let me = null;
let leave = null; // what the present view wants done when it goes

/** Asks who we are, and opens the door that fits. */
async function start() {
  const invitation = location.hash.match(/^#join=(.+)$/)?.[1];
  if (invitation) history.replaceState(null, '', '/'); // the code is a secret: not in the history
  let session;
  try {
    session = await call('GET', '/api/session');
  } catch {
    return unreachable(invitation);
  }
  if (invitation && !session.name) enterBy(join, decodeURIComponent(invitation));
  else if (session.name) enter(session);
  else enterBy(session.claimed ? signIn : claim);
}

function enterBy(door, ...with_) {
  me = null;
  house.close();
  nav.hidden = badge.hidden = true;
  connection();
  go(() => door(main, enter, ...with_));
}

function enter(session) {
  me = session;
  calm();
  nav.hidden = false;
  badge.hidden = !session.scopes?.some(s => s === 'status:read' || s === 'admin');
  const owner = session.scopes?.includes('admin');
  nav.replaceChildren(...[['lights', 'Lights'], owner && ['house', 'House'], ['you', 'You']]
    .filter(Boolean).map(([name, label]) => h('a', { href: '#/' + name }, icon(name), label)));
  house.open();
  route();
}

/** The view that the address names: #/lights, #/house/people, #/you. */
function route() {
  if (!me || !/^#\/|^$/.test(location.hash)) return;
  const [, view = 'lights', section] = location.hash.split('/');
  const owner = me.scopes?.includes('admin');
  for (const link of [...nav.children, badge]) {
    if (link.hash === '#/' + view) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (view === 'house' && owner) goFar(import('./views/house.js'), far => far.houseView(main, section));
  else if (view === 'reach' && !badge.hidden) goFar(import('./views/reach.js'), far => far.reachView(main, owner));
  else if (view === 'you') goFar(import('./views/you.js'), far => far.youView(main, me));
  else {
    nav.firstChild.setAttribute('aria-current', 'page');
    go(() => lightsView(main, me));
  }
}

function go(view) {
  leave?.();
  document.querySelectorAll('dialog').forEach(dialog => dialog.close());
  leave = view() ?? null;
}

/** Rarely used views are loaded when somebody goes there. */
async function goFar(loading, open) {
  const wanted = location.hash;
  try {
    const module = await loading;
    if (me && location.hash === wanted) go(() => open(module));
  } catch {
    complain('This part of the page could not be loaded. Is the gateway reachable? Then reload the page.');
  }
}

function unreachable(invitation) {
  nav.hidden = badge.hidden = true;
  const again = () => {
    stop();
    if (invitation) location.hash = 'join=' + invitation;
    start();
  };
  const timer = setTimeout(again, 5_000);
  const stop = () => {
    clearTimeout(timer);
    removeEventListener('online', again);
  };
  addEventListener('online', again);
  const first = document.title !== 'No connection - Gateway';
  if (!first) return;
  go(() => show(main, 'No connection', h('div', { class: 'door' },
    h('img', { src: '/icon.svg', alt: '', width: 72, height: 72, class: 'asleep' }),
    h('h1', null, 'The gateway cannot be reached'),
    h('p', null, 'This page came from the memory of this device; it knows nothing of your lights now. It tries again every few seconds.'),
    h('button', { onclick: () => location.reload() }, 'Try now'))));
}

/** Says once that the line is gone, and counts how old is what is shown. */
let counting;
function connection() {
  const bar = document.getElementById('connection');
  const lost = Boolean(me) && !house.connected;
  clearInterval(counting);
  document.documentElement.classList.toggle('stale', lost && house.known);
  const [status, since] = bar.children;
  bar.hidden = !lost;
  if (!lost) return;
  const count = () => text(since, house.known ? `State last known ${Math.max(0, Math.round((Date.now() - house.heardAt) / 1000))} s ago.` : '');
  text(status, house.known ? 'No connection to the gateway. Trying again.' : 'Connecting…');
  count();
  counting = setInterval(count, 1_000);
}

/** A new connection may be one from elsewhere: phones move. */
async function proveFromOutside() {
  if (!me || !house.connected || location.protocol !== 'https:') return;
  const session = await call('GET', '/api/session').catch(() => null);
  if (session?.outside) (await import('./prove.js')).prove();
}

/** A light on the page like the one on the box: it says no more than the gateway has just said. */
reach.addEventListener('change', () => {
  const [tone, label] = labelOf(reach.pattern);
  badge.dataset.tone = tone;
  badge.ariaLabel = `Can I be reached? ${label}`;
  text(badge.lastElementChild, label);
});

house.addEventListener('connection', connection);
house.addEventListener('connection', proveFromOutside);
house.addEventListener('all', connection);
addEventListener('hashchange', () => location.hash.startsWith('#join=') ? start() : route());
addEventListener('signed-out', () => { if (me) enterBy(signIn, 'You were signed out: this session has ended.'); });
addEventListener('sign-out', () => enterBy(signIn));
document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault();
  (main.querySelector('h1') ?? main).focus();
});

start();
keepPage();
