import { call } from '../api.js';
import { field, form, input, item, list, panel } from '../blocks.js';
import { because, complain, h, say, show } from '../dom.js';
import { installation } from '../pwa.js';
import { when } from '../words.js';
import { refill } from './house.js';

/** One's own: devices signed in, password, sign out. */
export function youView(main, me) {
  const place = h('div', { class: 'section' });
  const install = h('button', { class: 'quiet', onclick: () => installation.offer.prompt() }, 'Install on this device');
  const offer = () => { install.hidden = !installation.offer; };
  installation.addEventListener('change', offer);
  offer();
  show(main, 'You',
    h('div', { class: 'head' },
      h('div', null, h('h1', null, me.name), h('p', { class: 'summary' }, me.role === 'owner' ? 'Owner of this house' : 'Member of this house')),
      install, h('button', { class: 'quiet', onclick: signOut }, 'Sign out')),
    place, panel('Change password', password(me.name)));
  refill(place, again => devices(me, again));
  return () => installation.removeEventListener('change', offer);
}

async function devices(me, again) {
  const sessions = await call('GET', '/api/sessions');
  return [panel('Signed-in devices', list(sessions.map(s => item(
    (s.device || 'A device') + (s.current ? ' (this one)' : ''),
    [`${s.person === me.name ? '' : `${s.person}, `}from ${s.from}, since ${when(s.created)}, last seen ${when(s.last_seen)}`],
    !s.current && {
      verb: 'Sign out', what: `${s.device || 'a device'}${s.person === me.name ? '' : ` of ${s.person}`}`, path: '/api/sessions/' + encodeURIComponent(s.id), then: again,
      detail: 'That device has to sign in again.',
    })), 'No session.'))];
}

function password(name) {
  const fields = {
    current: field('Present password', input({ type: 'password', autocomplete: 'current-password' })),
    new: field('New password', input({ type: 'password', autocomplete: 'new-password' })),
  };
  const value = key => fields[key].querySelector('input').value.normalize();
  const element = form({
    fields, action: 'Change it',
    submit: () => call('POST', '/api/session/password', { current: value('current'), new: value('new') }),
    done: () => {
      element.reset();
      say('The password is changed.');
    },
  });
  element.prepend(h('input', { autocomplete: 'username', value: name, hidden: true })); // tells the browser whose password it keeps
  return element;
}

async function signOut() {
  try {
    await call('DELETE', '/api/session');
    dispatchEvent(new Event('sign-out'));
  } catch (failure) {
    complain(because('You are still signed in', failure));
  }
}
