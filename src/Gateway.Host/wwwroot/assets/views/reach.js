import { call } from '../api.js';
import { field, form, input, item, list, panel, sentence } from '../blocks.js';
import { because, complain, drawing, h, say, shape, show, text } from '../dom.js';
import { labelOf, reach } from '../reach.js';
import { exactly } from '../words.js';
import { friends } from './access.js';
import { refill } from './house.js';

const AGAIN = 5_000; // ms between two looks at the details, however often the verdict is renewed

const HOPS = {
  device: 'M5 7h14v10H5zM9 7V4M15 7V4M9 20v-3M15 20v-3',
  network: 'M4 11l8-7 8 7v9H4z',
  router: 'M4 14h16v5H4zM8 14V7M16 14V7M7.5 16.5h.01M11 16.5h.01',
  provider: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18',
  name: 'M4 12V5a1 1 0 0 1 1-1h7l8 8-8 8zM8.5 8.5h.01',
  phone: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2',
};
const STATES = { ok: 'fine', broken: 'in the way', unknown: 'not known' };

/** "Can I be reached?": the verdict, the way from this box to a phone elsewhere, and every fact that it stands on. */
export function reachView(main, owner) {
  const heading = h('h1', null);
  const summary = h('p', { class: 'summary' });
  const button = h('button', { class: 'quiet', onclick: busy(checkNow) }, 'Check now');
  // Each part fills a place of its own from the facts.
  const parts = [name, path, told].map(part => ({ part, element: h('div', { class: 'section' }), told: '' }));
  const past = h('div', { class: 'section' });
  let [asked, gone, facts] = [0, false, {}];

  const verdict = () => {
    const [tone, label] = labelOf(reach.pattern);
    heading.dataset.tone = tone;
    text(heading, label);
    const isOlder = facts.pattern !== reach.pattern;
    text(summary, !isOlder ? facts.words : reach.pattern === 'unknown' ? 'The gateway has not said anything lately. What is shown below is older.' : facts.pattern ? 'What is shown below was so a moment ago.' : '');
    main.querySelector('.path')?.classList.toggle('faded', isOlder);
  };
  const changed = async () => {
    verdict();
    if (facts.pattern && facts.pattern !== reach.pattern) ask();
    const { history: lines } = await call('GET', '/api/reachability').catch(() => ({}));
    if (lines?.length) past.replaceChildren(history(lines));
  };

  async function ask() {
    asked = performance.now();
    try {
      facts = await call('GET', '/api/doctor');
    } catch (failure) {
      const { element, told } = parts[1];
      if (!told) element.replaceChildren(h('p', { class: 'error', role: 'alert' }, sentence(failure.message)), h('button', { class: 'quiet', onclick: ask }, 'Try again'));
      return;
    }
    if (gone) return;
    for (const p of parts) retell(p, facts, owner && ask);
    verdict();
  }
  const heard = () => { if (performance.now() - asked >= AGAIN) ask(); };

  async function checkNow() {
    try {
      reach.heard(await call('POST', '/api/reachability/check'));
      await ask();
      say(`Checked: ${labelOf(reach.pattern)[1].toLowerCase()}.`);
    } catch (failure) {
      complain(because('Nothing was checked', failure));
    }
  }

  parts[1].element.append(h('p', { class: 'summary' }, 'Loading…'));
  const [named, picture, stands] = parts.map(p => p.element);
  show(main, 'Can I be reached?',
    h('div', { class: 'head' }, h('div', { class: 'verdict' }, h('p', { class: 'help' }, 'Can I be reached?'), heading, summary), button),
    h('div', { class: 'columns' }, h('div', null, named, picture, past), h('div', null, ...owner ? [loaded(foreign), loaded(byPhone), loaded(friends)] : [loaded(byPhone)], stands, h('div', { class: 'section' }, ...lookAround()))));
  changed();
  ask();
  reach.addEventListener('change', changed);
  reach.addEventListener('heard', heard);
  return () => {
    gone = true;
    reach.removeEventListener('change', changed);
    reach.removeEventListener('heard', heard);
  };
}

/** What a button does, once at a time. */
const busy = work => async ({ currentTarget: button }) => {
  if (button.getAttribute('aria-disabled')) return;
  button.setAttribute('aria-disabled', 'true');
  await work();
  button.removeAttribute('aria-disabled');
};

/** Shows a part anew when it says something new; what was unfolded stays so, and the focus where it was. */
function retell(p, facts, again) {
  const { element } = p;
  const content = p.part(facts, again);
  const told = content.map(e => e.outerHTML).join('').replaceAll(/"i\d+[eh]?( i\d+e)?"/g, '');
  if (told === p.told) return;
  if (element.querySelector('form')?.contains(document.activeElement)) return; // somebody types
  const open = [...element.querySelectorAll('details[open]')].map(d => d.dataset.key);
  const focused = element.contains(document.activeElement) && document.activeElement.closest('details')?.dataset.key;
  p.told = told;
  element.replaceChildren(...content);
  for (const details of element.querySelectorAll('details')) {
    details.open = open.includes(details.dataset.key);
    if (details.dataset.key === focused) details.firstChild.focus();
  }
}

/** Where the house is found, or how it gets a name. */
function name({ url, cause }, again) {
  if (url) return [h('p', null, 'This house is ', h('a', { href: url }, url.slice(8)))];
  return again && cause?.code === 'no-name' ? [panel('Give your house a name', h('p', null,
    'Its address changes by itself; a name stays. Sign in at ', h('a', { href: 'https://www.duckdns.org', rel: 'noreferrer' }, 'duckdns.org'), ' (it is free), choose a name there, and copy it and the token to here.'), naming(again))] : [];
}

function naming(again) {
  const fields = {
    'name.domain': field('Name', input({ placeholder: 'pycon', autocomplete: 'off' }), 'The part before .duckdns.org.'),
    'name.token': field('Token', input({ type: 'password', autocomplete: 'off' }), 'It stands at the top of your page at duckdns.org. Only this gateway gets it.'),
  };
  const value = key => fields[key].querySelector('input').value.trim();
  return form({
    fields, action: 'Take this name',
    submit: () => call('PATCH', '/api/settings', { 'name.provider': 'duckdns', 'name.domain': value('name.domain'), 'name.token': value('name.token') }),
    done: () => {
      say('The name is kept. It takes a moment until it leads here.');
      document.querySelector('h1').focus();
      again();
    },
  });
}

/** The picture: six hops, the first broken one with what to do. */
const path = ({ path, first_broken, cause }) => [h('ol', { class: 'path', 'aria-label': 'The way from this gateway to a phone elsewhere' }, ...path.map(hop => {
  const told = [...hop.details, hop.at && `Found ${exactly(hop.at)} by ${hop.from}.`].filter(Boolean);
  return h('li', { 'data-state': hop.state },
    h('span', { class: 'node' }, drawing(HOPS[hop.hop])),
    h('h2', null, hop.title, h('span', { class: 'chip' }, STATES[hop.state])),
    h('p', null, hop.words),
    cause && (first_broken ? hop.hop === first_broken : hop.code === cause.code) && cure(cause),
    told.length > 0 && folded(hop.hop, 'Details', told.map(words => h('p', { class: 'help' }, words)), hop.title));
}))];

const cure = ({ code, explanation, cure }) => h('div', { class: 'cure', 'data-cause': code }, h('p', null, explanation), h('p', null, h('strong', null, 'What to do: '), cure));

const folded = (key, title, content, about) => h('details', { 'data-key': key }, h('summary', { 'aria-label': about && `${title}: ${about}` }, title), h('div', null, ...content));

const WEEK = 7 * 86_400_000;

/** A week as a band, the higher the surer, and the same in words. */
function history(lines) {
  const now = Date.now();
  const spent = {};
  const stretches = lines.map(({ since, pattern }, i) => {
    const [from, until] = [Math.max(Date.parse(since), now - WEEK), i ? Date.parse(lines[i - 1].since) : now];
    const [tone] = labelOf(pattern);
    spent[tone] = (spent[tone] ?? 0) + Math.max(0, until - from);
    const height = { good: 40, wait: 26, bad: 12 }[tone] ?? 3;
    return until > from && shape('rect', { 'data-tone': tone, x: 1000 * (from - now + WEEK) / WEEK, y: 40 - height, width: 1000 * (until - from) / WEEK, height });
  }).filter(Boolean);
  const told = ['good', 'wait', 'bad'].map(tone => spent[tone] ?? 0);
  const [good, wait, bad] = told.map(time => `${Math.round(100 * time / (told[0] + told[1] + told[2] || 1))} %`);
  const words = `Reachable ${good} of the time that is known, not proven ${wait}, not reachable ${bad}.`;
  return panel('The last seven days',
    shape('svg', { class: 'history', viewBox: '0 0 1000 40', preserveAspectRatio: 'none', role: 'img', 'aria-label': words }, ...stretches),
    h('p', { class: 'help ends' }, h('span', null, 'A week ago'), h('span', null, 'now')), h('p', null, words),
    folded('history', 'What changed when', [list(lines.slice(0, 50).map(l => item(labelOf(l.pattern)[1], [`${exactly(l.since)}${l.ways && `, by ${l.ways}`}`, l.words])))]));
}

/** What it all stands on, in the gateway's own sentences. */
const told = ({ facts }) => facts.map(({ title, words, items }) => panel(title, words && h('p', { class: 'help' }, words), list(items.map(i => item(i.title, i.facts)), '')));

/** What costs questions to others is asked when somebody wants it. */
function lookAround() {
  const found = h('div', { class: 'section', role: 'status' });
  const look = async () => {
    text(found, 'Asking…');
    try {
      found.replaceChildren(...told(await call('POST', '/api/doctor/look')));
    } catch (failure) {
      text(found, sentence(failure.message));
    }
  };
  return [panel('What others remember', h('p', { class: 'help' }, 'Asks resolvers what they still know of the name, knocks at the router’s own doors from outside, and reads what it has opened for whom.'),
    h('div', null, h('button', { class: 'quiet', onclick: busy(look) }, 'Look around'))), found];
}

/** A section of its own, which asks for what it shows. */
function loaded(fill) {
  const section = h('div', { class: 'section' });
  refill(section, fill);
  return section;
}

/** Seldom there, so loaded apart. */
async function foreign(again) {
  const { certificates: all } = await call('GET', '/api/certificates');
  return all.length ? (await import('./certificates.js')).certificates(all, again) : [];
}

/** One's own phone is a vantage. */
async function byPhone() {
  const { names: [name], certificate } = await call('GET', '/api/reachability');
  if (!name) return [];
  return [panel('Prove it from mobile data',
    h('p', null, 'Turn Wi-Fi off on your phone, scan this, and sign in. Whenever somebody of the house uses this page away from home, that proves the way by which it came.'),
    h('img', { class: 'qr', src: '/api/reachability/qr', alt: `QR code: ${name.name}`, width: 192, height: 192 }),
    certificate?.self_signed && h('p', { class: 'help' },
      'Your browser will warn you, because no authority vouches for this gateway yet. It is the right one if its certificate’s public key has this SHA-256 fingerprint: ', h('code', null, certificate.key_fingerprint)))];
}
