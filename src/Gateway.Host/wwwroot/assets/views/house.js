import { call } from '../api.js';
import { item, list, panel, sentence } from '../blocks.js';
import { h, show } from '../dom.js';
import { exactly } from '../words.js';
import { people, tokens } from './access.js';
import { settings } from './settings.js';

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

/** The log's own words are short and for programs to read; these are for people. What is not here is shown as it is. */
const deeds = {
  'borrowing.ended': 'Way in of a friend given back', 'borrowing.started': 'Way in of a friend used',
  'certificate.acknowledged': 'Certificate called known',
  'claim.refused': 'A wrong claim code', 'gateway.claimed': 'Became the owner', 'owner.reset': 'A new claim code: the owner was reset',
  'friend.ended': 'Friendship ended', 'friend.invited': 'Gateway invited', 'friend.paired': 'Became friends with',
  'invitation.created': 'Invitation made', 'invitation.refused': 'An invitation that is none', 'invitation.revoked': 'Invitation withdrawn',
  'lending.ended': 'Way in not lent any more', 'lending.started': 'Way in lent',
  'light.commanded': 'Light switched', 'lights.commanded': 'Lights switched',
  'password.changed': 'Password changed', 'password.refused': 'A wrong present password', 'person.joined': 'Joined', 'person.removed': 'Removed',
  'session.created': 'Signed in', 'session.ended': 'Signed out', 'session.refused': 'A wrong name or password', 'setting.changed': 'Setting changed',
  'token.created': 'Token made', 'token.revoked': 'Token revoked',
};
const deed = ({ what, subject }) => [deeds[what] ?? what, subject].filter(Boolean).join(': ');

async function log() {
  const entries = await call('GET', '/api/audit?count=200');
  return [panel('Who changed what', list(entries.map(e => item(deed(e), [`${exactly(e.at)}, ${e.who}, from ${e.from}`])), 'Nothing yet.'))];
}
