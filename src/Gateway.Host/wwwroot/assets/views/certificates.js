import { call } from '../api.js';
import { item, list, panel } from '../blocks.js';
import { because, complain, confirmed, h, say } from '../dom.js';
import { exactly } from '../words.js';

/** Certificates that others have for the house's name. */
export function certificates(all, again) {
  return [panel('Certificates of others', h('p', { class: 'help' }, 'As the public logs of certificates show them. One that you did not ask for may be a relay or a provider that reads along.'),
    list(all.map(c => {
      const element = item(c.names.join(', '), [`By ${c.issuer}, ${exactly(c.from)} to ${exactly(c.until)}`, c.words, `Key ${c.key_fingerprint}`]);
      if (c.kind === 'foreign') element.append(h('button', { class: 'quiet', 'aria-label': `That was me: ${c.names.join(', ')}, by ${c.issuer}`, onclick: () => know(c, again) }, 'That was me'));
      return element;
    })))];
}

async function know(c, again) {
  if (!await confirmed('Was that you?', `The warning about the certificate by ${c.issuer} ends. Say so only if it is yours, or revoked.`, 'That was me')) return;
  try {
    await call('POST', `/api/certificates/${encodeURIComponent(c.key_fingerprint)}/known`);
    say('Done: it is no alarm any more.');
    await again();
    document.querySelector('h1').focus();
  } catch (failure) {
    complain(because('Nothing was changed', failure));
  }
}
