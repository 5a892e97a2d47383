import { call } from '../api.js';
import { because, complain, confirmed, h, say } from '../dom.js';

/** A thing in a list: what it is, what is known of it, and how to be rid of it. */
export function item(title, facts, remove) {
  return h('li', { class: 'item' },
    h('div', null, h('h3', null, title), ...facts.filter(Boolean).map(f => h('p', { class: 'help' }, f))),
    remove && h('button', { class: 'danger quiet', 'aria-label': `${remove.verb} ${remove.what}`, onclick: event => removeIt(remove, event.target) }, remove.verb));
}

async function removeIt({ verb, what, path, detail, then }, button) {
  if (!await confirmed(`${verb} ${what}?`, detail, verb)) return;
  const heading = button.closest('.section, main').querySelector('h2') ?? document.querySelector('h1');
  try {
    await call('DELETE', path);
    say(`Done: ${what}.`);
    await then();
    (heading.isConnected ? heading : document.querySelector('h1')).focus();
  } catch (failure) {
    complain(because(`Nothing was changed`, failure));
  }
}

export const list = (items, none) => items.length ? h('ul', { class: 'items' }, ...items) : h('p', { class: 'summary' }, none);

export const panel = (title, ...content) => h('section', { class: 'panel' }, h('h2', { tabindex: -1 }, title), ...content);
