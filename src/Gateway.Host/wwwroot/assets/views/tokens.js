import { call } from '../api.js';
import { h } from '../dom.js';
import { field, form, input, takeAway } from '../forms.js';
import { when } from '../words.js';
import { item, list, panel } from './lists.js';

const SCOPES = {
  'lights:read': 'See lights', 'lights:write': 'Switch lights', 'status:read': 'See status and metrics', mqtt: 'Sign in at MQTT', admin: 'Everything',
};

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
    panel('New token', create()),
  ];
}

function create() {
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
