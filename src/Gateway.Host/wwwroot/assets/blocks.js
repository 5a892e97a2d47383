import { call } from './api.js';
import { because, complain, confirmed, h, newId, say, text } from './dom.js';

/** A labelled field; `input` is any form control. Help and errors are read out with it. */
export function field(label, input, help) {
  const id = newId();
  input.id = id;
  input.name ||= label;
  const error = h('p', { class: 'error', id: id + 'e' });
  const hint = help && h('p', { class: 'help', id: id + 'h' }, help);
  input.setAttribute('aria-describedby', (help ? id + 'h ' : '') + id + 'e');
  const element = h('div', { class: 'field' }, h('label', { for: id }, label), hint, input, error);
  element.fail = words => {
    text(error, words ?? '');
    if (words) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  };
  input.addEventListener('input', () => element.fail(null));
  return element;
}

/**
 * A form that says what goes wrong beside the field that the gateway named, else above its button.
 * `submit` sends; what it returns is handed to `done`.
 */
export function form({ fields, action, submit, done = () => {} }) {
  const error = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { type: 'submit' }, action);
  const element = h('form', { novalidate: true }, ...Object.values(fields), error, h('div', { class: 'actions' }, button));
  element.addEventListener('submit', async event => {
    event.preventDefault();
    if (button.getAttribute('aria-disabled')) return;
    text(error, '');
    const empty = Object.values(fields).find(f => f.querySelector(':invalid'));
    if (empty) {
      empty.fail('This is needed.');
      empty.querySelector(':invalid').focus();
      return;
    }
    button.setAttribute('aria-disabled', 'true');
    try {
      done(await submit());
    } catch (failure) {
      const wrong = fields[failure.field];
      if (wrong) {
        wrong.fail(failure.message);
        wrong.querySelector('input, select, textarea').focus();
      } else text(error, sentence(failure.message));
    } finally {
      button.removeAttribute('aria-disabled');
    }
  });
  return element;
}

export const sentence = words => words[0].toUpperCase() + words.slice(1);

export const input = props => h('input', { type: 'text', required: true, autocapitalize: 'none', spellcheck: 'false', ...props });

/** Copies; where the browser allows that only on trusted origins, selects for copying by hand. */
export async function copy(from) {
  from.select();
  try {
    await navigator.clipboard.writeText(from.value);
    return true;
  } catch {
    return document.execCommand('copy');
  }
}

/** Something to be taken away now: a link, a token. */
export function takeAway(label, value, help) {
  const output = h('input', { type: 'text', readonly: true, value });
  const button = h('button', {
    type: 'button', onclick: async () => text(button, await copy(output) ? 'Copied' : 'Press Ctrl+C'),
  }, 'Copy');
  return h('div', { class: 'take' }, field(label, output, help), button);
}

/** A thing in a list: what it is, what is known of it, what can be done with it. */
export function item(title, facts, remove, more = []) {
  return h('li', { class: 'item' },
    h('div', null, h('h3', null, title), ...facts.filter(Boolean).map(f => h('p', { class: 'help' }, f)), more.length > 0 && h('div', { class: 'actions' }, ...more)),
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

export function doer({ verb, what, method, path, then }) {
  return h('button', {
    class: 'quiet', 'aria-label': `${verb}: ${what}`, onclick: async event => {
      const heading = event.target.closest('section').querySelector('h2');
      try {
        await call(method, path);
        say(`Done: ${verb}, ${what}.`);
        await then();
        if (heading.isConnected) heading.focus();
      } catch (failure) {
        complain(because('Nothing was changed', failure));
      }
    },
  }, verb);
}

export const list = (items, none) => items.length ? h('ul', { class: 'items' }, ...items) : h('p', { class: 'summary' }, none);

export const panel = (title, ...content) => h('section', { class: 'panel' }, h('h2', { tabindex: -1 }, title), ...content);
