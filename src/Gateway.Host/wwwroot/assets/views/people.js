import { call } from '../api.js';
import { h } from '../dom.js';
import { field, form, takeAway } from '../forms.js';
import { when } from '../words.js';
import { item, list, panel } from './lists.js';

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
