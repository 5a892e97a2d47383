import { call } from '../api.js';
import { h, show } from '../dom.js';
import { sentence } from '../forms.js';
import { exactly } from '../words.js';
import { item, list, panel } from './lists.js';
import { people } from './people.js';
import { settings } from './settings.js';
import { tokens } from './tokens.js';

/** What only an owner sees. Each fills a place that it is given, and throws what it could not load. */
const sections = { people: [people, 'People'], tokens: [tokens, 'Tokens'], settings: [settings, 'Settings'], log: [log, 'Log'] };

export function houseView(main, wanted) {
  const name = sections[wanted] ? wanted : 'people';
  const [fill, title] = sections[name];
  const place = h('div', { class: 'section' }, h('p', { class: 'summary' }, 'Loading…'));
  show(main, title,
    h('nav', { class: 'tabs', 'aria-label': 'House' }, ...Object.entries(sections).map(([key, [, label]]) =>
      h('a', { href: '#/house/' + key, 'aria-current': key === name && 'page' }, label))),
    h('h1', null, title), place);
  refill(place, fill);
}

/** Loads a section anew; what goes wrong is said in its place, with a way to try again. */
export async function refill(place, fill) {
  try {
    place.replaceChildren(...await fill(() => refill(place, fill)));
  } catch (failure) {
    place.replaceChildren(h('p', { class: 'error', role: 'alert' }, sentence(failure.message)),
      h('button', { class: 'quiet', onclick: () => refill(place, fill) }, 'Try again'));
  }
}

async function log() {
  const entries = await call('GET', '/api/audit?count=200');
  return [panel('Who changed what', list(entries.map(e => item(`${e.what} ${e.subject}`, [`${exactly(e.at)}, ${e.who}, from ${e.from}`])), 'Nothing yet.'))];
}
