import { call } from '../api.js';
import { field, form, input } from '../blocks.js';
import { h, show } from '../dom.js';

const name = help => field('Name', input({ autocomplete: 'username', maxlength: 64 }), help);
const newPassword = () => field('Password', input({ type: 'password', autocomplete: 'new-password' }), 'At least 10 characters: a few words that only you put together.');

function door(main, title, heading, explanation, content) {
  show(main, title, h('div', { class: 'door' },
    h('img', { src: '/icon.svg', alt: '', width: 72, height: 72 }),
    h('h1', null, heading),
    ...explanation.map(words => h('p', null, words)),
    content));
}

/** Spaces at the ends belong to a password, but to nothing else; an ö is one, however the keyboard spells it. */
const valuesOf = fields => Object.fromEntries(Object.entries(fields).map(([key, f]) => {
  const { value } = f.querySelector('input');
  return [key, key === 'password' ? value.normalize() : value.trim()];
}));

/** First run: whoever has the code becomes the owner. */
export function claim(main, enter) {
  const fields = {
    code: field('Claim code', input({ autocomplete: 'one-time-code' }), 'On the console where the gateway started, or by the command gateway claim-code.'),
    name: name('What the house calls you.'),
    password: newPassword(),
  };
  door(main, 'Welcome', 'Make this gateway yours',
    ['Nobody owns it yet. The code shows that you are the one who set it up.',
      'It gets a certificate for its name, so that browsers trust it. You agree to its issuer’s terms: Let’s Encrypt, unless the settings name another or none.'],
    form({ fields, action: 'Become the owner', submit: () => call('POST', '/api/claim', valuesOf(fields)), done: enter }));
}

export function signIn(main, enter, why) {
  const fields = { name: name(), password: field('Password', input({ type: 'password', autocomplete: 'current-password' })) };
  door(main, 'Sign in', 'Welcome home', why ? [why] : [],
    form({ fields, action: 'Sign in', submit: () => call('POST', '/api/session', valuesOf(fields)), done: enter }));
}

/** By an invitation: the code came in the address. */
export function join(main, enter, code) {
  const fields = { name: name('What the house calls you.'), password: newPassword() };
  door(main, 'Join', 'You are invited', ['Choose a name and a password, and the lights are yours too.'],
    form({ fields, action: 'Join', submit: () => call('POST', '/api/people/join', { code, ...valuesOf(fields) }), done: enter }));
}
