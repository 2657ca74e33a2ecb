/**
 * Keeps the site on the visitor's device, so that it opens without a connection.
 *
 * Every file is kept under its path and the SHA-256 of its content: a new version of the site fetches what has changed
 * and nothing else, and never mixes with the old one.
 */

/** The site's files: SHA-256 by path; the page itself is ''. `build-site.mjs` writes it above this script. */
declare const FILES: Readonly<Record<string, string>>;

const worker = self as unknown as ServiceWorkerGlobalScope;
const { scope } = worker.registration;
const open = () => caches.open(`site at ${scope}`);

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(Promise.all([tidy(), worker.clients.claim()])));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const path = (origin + pathname).slice(scope.length).replace(/^index\.html$/, '');
  if (request.method !== 'GET' || !request.url.startsWith(scope) || !(path in FILES)) return;
  event.respondWith(kept(path).then((response) => response ?? fetch(request)));
});

/** Fetches what is not cached yet. Fails as a whole when a file is missing or of another version; then all stays as is. */
async function install(): Promise<void> {
  const cache = await open();
  for (const [path, hash] of Object.entries(FILES)) {
    if (await kept(path)) continue;
    const response = await fetch(scope + path, { cache: 'no-cache' });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    const content = await response.clone().arrayBuffer();
    if ((await sha256(content)) !== hash) throw new Error(`${path} is not of this version`);
    await cache.put(keyOf(path), response);
  }
}

/** Deletes the files of earlier versions. */
async function tidy(): Promise<void> {
  const cache = await open();
  const wanted = new Set(Object.keys(FILES).map(keyOf));
  for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
}

async function kept(path: string): Promise<Response | undefined> {
  return (await open()).match(keyOf(path));
}

function keyOf(path: string): string {
  return `${scope}${path}?${FILES[path]}`;
}

async function sha256(content: ArrayBuffer): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', content);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
