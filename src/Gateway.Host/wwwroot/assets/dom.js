// Builds elements. Whatever is handed in is text: nothing on this page is ever parsed as HTML.
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value == null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter(child => child != null && child !== false));
  return element;
}

const icons = {
  lights: 'M9 18h6M10 21h4M12 3a6 6 0 0 0-3.6 10.8c.7.6 1.1 1.4 1.1 2.2h5c0-.8.4-1.6 1.1-2.2A6 6 0 0 0 12 3z',
  house: 'M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-5v-6h-4v6H5a1 1 0 0 1-1-1z',
  you: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0',
};

export const icon = name => drawing(icons[name]);

/** Strokes on a ground of 24 x 24. */
export const drawing = strokes => shape('svg', { viewBox: '0 0 24 24', 'aria-hidden': true }, shape('path', { d: strokes }));

/** An element of a picture. */
export function shape(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const text = (element, words) => {
  if (element.textContent !== words) element.textContent = words;
};

let ids = 0;
export const newId = () => 'i' + ++ids;

/** Shows a view: its title in the tab, its heading focused, so that a screen reader says where one is. */
export function show(main, title, ...content) {
  document.title = `${title} - Gateway`;
  main.replaceChildren(...content);
  const heading = main.querySelector('h1');
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** A modal dialog that is gone when closed; the browser keeps the focus inside and brings it back. */
export function openDialog(label, ...content) {
  const dialog = h('dialog', { 'aria-labelledby': label }, ...content);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Asks before something that cannot be undone. */
export function confirmed(question, detail, action) {
  return new Promise(resolve => {
    const label = newId();
    const dialog = openDialog(label,
      h('h2', { id: label }, question),
      h('p', null, detail),
      h('div', { class: 'actions' },
        h('button', { class: 'quiet', onclick: () => dialog.close() }, 'Cancel'),
        h('button', { class: 'danger', onclick: () => dialog.close('yes') }, action)));
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'));
  });
}

const SHOWN = 6_000;
const said = document.getElementById('said');
const failed = document.getElementById('failed');

/** Says that something went well; goes by itself. */
export function say(words) {
  said.replaceChildren(h('p', { class: 'notice' }, words));
  clearTimeout(say.timer);
  say.timer = setTimeout(() => said.replaceChildren(), SHOWN);
}

/** Says that something did not happen; stays until it is put away. */
export function complain(words) {
  failed.replaceChildren(h('div', { class: 'notice bad' },
    h('p', null, words),
    h('button', { class: 'quiet', onclick: calm }, 'OK')));
}

export const calm = () => failed.replaceChildren();

/** "nothing was changed" out of a failure, for a sentence that begins with what did not happen. */
export const because = (what, failure) => `${what}: ${failure.message}`;
