import { h, text } from './dom.js';
import { house } from './house.js';

const bar = document.getElementById('update');

/** Keeps the page on this device where the origin is trusted; plain http in the home network has no workers and does without. */
export async function keepPage() {
  const workers = navigator.serviceWorker;
  if (!workers) return;
  const had = workers.controller;
  let reloading = false;
  workers.addEventListener('controllerchange', () => {
    if (!had || reloading) return; // the first worker takes over a page that is already current
    reloading = true;
    location.reload();
  });
  try {
    const registration = await workers.register('/sw.js', { updateViaCache: 'none' });
    // A page just opened has nothing to lose: it takes the new version at once. Later, people choose the moment.
    if (registration.waiting && had) registration.waiting.postMessage('take-over');
    registration.addEventListener('updatefound', () => watch(registration));
    // An updated gateway restarts, and a restarted gateway is reconnected to.
    house.addEventListener('connection', () => { if (house.connected) registration.update().catch(() => {}); });
  } catch {
    // Storage blocked or full: the page works, only not without network.
  }
}

function watch(registration) {
  const worker = registration.installing;
  worker?.addEventListener('statechange', () => {
    if (worker.state !== 'installed' || !navigator.serviceWorker.controller) return;
    const button = h('button', { class: 'quiet', onclick: () => worker.postMessage('take-over') }, 'Reload');
    bar.querySelector('button')?.remove();
    bar.append(button);
    bar.hidden = false;
    text(bar.firstElementChild, 'A new version of this page is here.');
    document.addEventListener('visibilitychange', () => {
      if (document.hidden && !document.querySelector('dialog, form')) worker.postMessage('take-over');
    });
  });
}

/** The browser's offer to install, kept for the button under "You". */
export const installation = new EventTarget();
addEventListener('beforeinstallprompt', event => {
  event.preventDefault();
  installation.offer = event;
  installation.dispatchEvent(new Event('change'));
});
addEventListener('appinstalled', () => {
  installation.offer = null;
  installation.dispatchEvent(new Event('change'));
});
