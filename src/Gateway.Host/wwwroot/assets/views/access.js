import { call } from '../api.js';
import { doer, field, form, input, item, list, panel, takeAway } from '../blocks.js';
import { h } from '../dom.js';
import { when } from '../words.js';

/** Who may come in: people by invitation. */
export async function people(again) {
  const [me, everyone, invitations] = await Promise.all([call('GET', '/api/session'), call('GET', '/api/people'), call('GET', '/api/people/invitations')]);
  return [
    panel('In this house', list(everyone.map(person => item(
      person.name + (person.name === me.name ? ' (you)' : ''),
      [`${person.role === 'owner' ? 'Owner' : 'Member'}, since ${when(person.created)}, last here ${when(person.last_seen)}`],
      person.name !== me.name && {
        verb: 'Remove', what: person.name, path: '/api/people/' + encodeURIComponent(person.name), then: again,
        detail: 'They are signed out everywhere at once.',
      })), 'Nobody yet.')),
    panel('Invite somebody', invite(), ...invitations.length ? [
      h('h3', null, 'Open invitations'),
      list(invitations.map(i => item(`For ${i.role === 'owner' ? 'an owner' : 'a member'}`, [`Ends ${when(i.expires)}`], {
        verb: 'Withdraw', what: `the invitation for ${i.role === 'owner' ? 'an owner' : 'a member'}`, path: '/api/people/invitations/' + encodeURIComponent(i.id), then: again,
        detail: 'Its link stops working.',
      }))),
    ] : []),
  ];
}

function invite() {
  const role = h('select', null, h('option', { value: 'member' }, 'Member: switches the lights'), h('option', { value: 'owner' }, 'Owner: may do everything'));
  const fields = { role: field('As', role) };
  const element = form({
    fields, action: 'Make a link',
    submit: () => call('POST', '/api/people/invitations', { role: role.value }),
    done: made => {
      const link = takeAway('Invitation link', made.link, `Send it to one person. It works once, and ends ${when(made.expires)}.`);
      element.replaceWith(link);
      link.querySelector('button').focus();
    },
  });
  return element;
}

const SCOPES = {
  'lights:read': 'See lights', 'lights:write': 'Switch lights', 'status:read': 'See status and metrics', mqtt: 'Sign in at MQTT', admin: 'Everything',
};

/** And programs by a token. */
export async function tokens(again) {
  const all = await call('GET', '/api/tokens');
  return [
    panel('For scripts and programs', list(all.map(token => item(token.name,
      [token.scopes.map(s => SCOPES[s] ?? s).join(', ') + (token.topic ? ` under ${token.topic}` : ''),
        `Made ${when(token.created)}, last used ${when(token.last_used)}, ${token.expires ? `ends ${when(token.expires)}` : 'never ends'}`],
      {
        verb: 'Revoke', what: token.name, path: '/api/tokens/' + encodeURIComponent(token.name), then: again,
        detail: 'Whatever uses it stops working at once.',
      })), 'No token yet.')),
    panel('New token', newToken()),
  ];
}

function newToken() {
  const scopes = h('fieldset', null, h('legend', null, 'May'), ...Object.entries(SCOPES).map(([scope, words]) =>
    h('label', { class: 'check' }, h('input', { type: 'checkbox', value: scope }), words)));
  scopes.fail = words => fields.name.fail(words);
  const fields = {
    name: field('Name', input({ maxlength: 64 }), 'What will use it, such as "kitchen display".'),
    scopes,
    topic: field('MQTT topic', input({ required: false, placeholder: '#' }), 'Narrows it to a topic filter. Only with MQTT.'),
    expires: field('Ends after', h('select', null,
      ...[['30d', '30 days'], ['90d', '90 days'], ['365d', 'A year'], ['', 'Never']].map(([value, words]) => h('option', { value, selected: value === '90d' }, words)))),
  };
  const value = key => fields[key].querySelector('input, select').value.trim() || undefined;
  const element = form({
    fields, action: 'Make the token',
    submit: () => call('POST', '/api/tokens', {
      name: value('name'), scopes: [...scopes.querySelectorAll(':checked')].map(c => c.value), topic: value('topic'), expires: value('expires'),
    }),
    done: made => {
      const taken = takeAway(`Token "${made.name}"`, made.token, 'Take it now: it is never shown again.');
      element.replaceWith(taken);
      taken.querySelector('button').focus();
    },
  });
  return element;
}

const gigabytes = bytes => +(bytes / 1e9).toFixed(2);

/** And gateways by an invitation too. */
export async function friends(again) {
  const all = await call('GET', '/api/friends');
  const made = h('div', null);
  const invite = form({
    fields: {}, action: 'Invite a gateway',
    submit: () => call('POST', '/api/friends/invitations'),
    done: ({ invitation, expires }) => {
      made.replaceChildren(takeAway('Invitation', invitation, `Send it to the owner of the other gateway. It works once, and ends ${when(expires)}.`));
      made.querySelector('button').focus();
    },
  });
  const pasted = input({ autocomplete: 'off' });
  const accept = form({
    fields: { invitation: field('An invitation that you were sent', pasted) }, action: 'Become friends',
    submit: () => call('POST', '/api/friends', { invitation: pasted.value.trim() }),
    done: again,
  });
  const path = f => '/api/friends/' + encodeURIComponent(f.name);
  return [panel('Friends who look', h('p', { class: 'help' }, 'Two gateways can look at each other from outside. One can also lend its way in: it brings visitors, and cannot read along.'),
    list(all.map(f => item(f.name, [
      f.words ? `${when(f.looked)}: ${f.words}` : f.asked ? 'Has not looked yet.' : 'Is not asked to look (vantage.friends).',
      f.lent && `Your way in is lent to it: ${f.lent.visitors} visitors now, ${gigabytes(f.lent.bytes)} of ${gigabytes(f.lent.most_bytes)} GB this month.`,
      f.borrowed && 'Its way in is used, if its owner lends it.',
    ], {
      verb: 'End', what: f.name, path: path(f), then: again, detail: 'Neither gateway does anything for the other any more.',
    }, [
      doer({ verb: f.lent ? 'Stop lending' : 'Lend your way in', what: f.name, method: f.lent ? 'DELETE' : 'POST', path: path(f) + '/lending', then: again }),
      doer({ verb: f.borrowed ? 'Stop using its way in' : 'Use its way in', what: f.name, method: f.borrowed ? 'DELETE' : 'POST', path: path(f) + '/borrowing', then: again }),
    ])), 'Nobody yet.'), invite, made, accept)];
}
