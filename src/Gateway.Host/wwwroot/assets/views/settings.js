import { call } from '../api.js';
import { field, input, panel, sentence } from '../blocks.js';
import { h, say, text } from '../dom.js';

const SOURCES = { default: 'default', 'settings.toml': 'set here', 'gateway.toml': 'in gateway.toml', environment: 'in the environment' };
const ACRONYMS = ['acme', 'http', 'led', 'mqtt'];
const LOCKED = ['gateway.toml', 'environment'];

/** Every setting by its group, with where its value comes from. What a stronger layer holds is shown, not edited. */
export async function settings(again) {
  const { settings: all, problems } = await call('GET', '/api/settings');
  const later = all.filter(s => s.not_built_yet);
  const groups = Map.groupBy(all.filter(s => !s.not_built_yet && !s.key.includes('*')), s => s.key.split('.')[0]);
  return [
    ...problems.length ? [h('section', { class: 'panel notice warn' }, h('h2', null, 'Mistakes in the configuration'), h('ul', null,
      ...problems.map(p => h('li', null, h('strong', null, p.key), ` ${p.message}`, p.place && h('span', { class: 'help' }, ` (${p.place})`)))))] : [],
    ...[...groups].map(([name, members]) => panel(ACRONYMS.includes(name) ? name.toUpperCase() : name[0].toUpperCase() + name.slice(1), group(members, again))),
    ...later.length ? [panel('Not built yet', folded(`${later.length} settings of what is to come`,
      later.map(s => h('div', null, h('h3', null, s.key), h('p', { class: 'help' }, plain(s.help))))))] : [],
  ];
}

const plain = help => help.replaceAll('`', '"'); // the same words stand in the documentation, in Markdown

const folded = (title, content) => h('details', null, h('summary', null, title), ...content);

function group(members, again) {
  const editors = members.map(editor);
  const error = h('p', { class: 'error', role: 'alert' });
  const save = h('button', { type: 'submit' }, 'Save');
  const form = h('form', { novalidate: true }, ...editors.filter(e => !e.locked).map(e => e.element));
  if (form.children.length) form.append(error, h('div', { class: 'actions' }, save));
  const locked = editors.filter(e => e.locked);
  if (locked.length) form.append(folded(`${locked.length} held elsewhere`, locked.map(e => e.element)));
  form.addEventListener('submit', async event => {
    event.preventDefault();
    text(error, '');
    const changes = Object.fromEntries(editors.filter(e => e.changed()).map(e => [e.key, e.value()]));
    if (!Object.keys(changes).length) return text(error, 'Nothing is changed yet.');
    try {
      await call('PATCH', '/api/settings', changes);
      say('Saved.');
      await again();
      document.querySelector('h1').focus();
    } catch (failure) {
      const wrong = failure.errors.filter(e => editors.some(x => x.key === e.field));
      for (const { field: key, detail } of wrong) editors.find(e => e.key === key).element.fail(detail);
      if (wrong.length) editors.find(e => e.key === wrong[0].field).control.focus();
      else text(error, sentence(failure.message));
    }
  });
  return form;
}

function editor(setting) {
  const kind = setting.kind.toLowerCase().replaceAll(/[-_]/g, '');
  const locked = LOCKED.includes(setting.source) || !setting.on_page;
  const before = write(kind, setting.value);
  const control = controlFor(kind, setting, before);
  if (locked) control.disabled = true;
  const element = field(setting.key.split('.').slice(1).join(' ') || setting.key, control, [plain(setting.help), notes(setting)].filter(Boolean).join(' '));
  element.prepend(h('span', { class: 'chip' }, SOURCES[setting.source] ?? setting.source));
  let cleared = false;
  if (setting.source === 'settings.toml') element.append(h('button', {
    type: 'button', class: 'quiet small', onclick: event => {
      cleared = true;
      control.value = '';
      control.disabled = true;
      text(event.target, 'Goes back when saved');
    },
  }, 'Back to what lies below'));
  return {
    key: setting.key, locked, element, control,
    changed: () => cleared || (!locked && control.value !== before),
    value: () => cleared ? null : read(kind, control.value),
  };
}

function notes({ source, place, live, on_page }) {
  if (LOCKED.includes(source)) return `Held by ${place || SOURCES[source]}; change it there.`;
  if (!on_page) return 'Can only stand in gateway.toml or the environment.';
  return live ? '' : 'Takes effect at the next start.';
}

function controlFor(kind, setting, before) {
  const hint = setting.default == null ? '' : `${write(kind, setting.default)}`.replaceAll('\n', ', ');
  switch (kind) {
    case 'boolean': return choice(before);
    case 'secret': return input({ type: 'password', required: false, autocomplete: 'off', placeholder: setting.set ? 'set, never shown' : 'not set' });
    case 'textlist': {
      const area = h('textarea', { rows: Math.max(2, before.split('\n').length), spellcheck: 'false', placeholder: hint && 'One in each line' });
      area.value = before;
      return area;
    }
    default: return input({ required: false, value: before, placeholder: hint, inputmode: kind === 'integer' && 'numeric' });
  }
}

function choice(before) {
  const select = h('select', null, ...[['true', 'Yes'], ['false', 'No']].map(([value, words]) => h('option', { value }, words)));
  if (before === '') select.prepend(h('option', { value: '' }, 'Not set'));
  select.value = before;
  return select;
}

const write = (kind, value) => value == null ? '' : kind === 'textlist' ? value.join('\n') : String(value);

function read(kind, value) {
  if (kind === 'textlist') return value.split('\n').map(line => line.trim()).filter(Boolean);
  if (value === '') return null;
  if (kind === 'boolean') return value === 'true';
  return kind === 'integer' && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
}
