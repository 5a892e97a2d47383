// Keeps the page's files, so that it opens without network. Answers of the API never come in here.
// The gateway fills in version and files: a new page is a new worker.
const VERSION = '{{version}}';
const ASSETS = ['{{assets}}'];
const ROOT = ['/', '/manifest.webmanifest', '/icon.svg'];
const SHELL = [...ROOT, ...ASSETS.map(name => `/assets/${VERSION}/${name}`)];
const CACHE = 'page-' + VERSION;

addEventListener('install', event => event.waitUntil(
  caches.open(CACHE).then(cache => cache.addAll(SHELL.map(path =>
    ROOT.includes(path) ? new Request(path, { cache: 'no-cache' }) : path))))); // assets never change under their address

addEventListener('activate', event => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await clients.claim();
})()));

addEventListener('message', event => {
  if (event.data === 'take-over') skipWaiting();
});

addEventListener('fetch', event => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || !SHELL.includes(url.pathname)) return;
  event.respondWith(caches.open(CACHE)
    .then(cache => cache.match(url.pathname))
    .then(kept => kept ?? fetch(request)));
});
