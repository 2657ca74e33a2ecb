/**
 * Keeps the site on the visitor's device, so that it opens without a connection.
 *
 * Every file is kept under its path and the SHA-256 of its content: a new version of the site fetches what has changed
 * and nothing else, and never mixes with the old one. Models that the page does not begin with are kept when they are
 * first used.
 */

/** The site's files: SHA-256 by path; the page itself is ''. `build-site.mjs` writes it above this script. */
declare const FILES: Readonly<Record<string, string>>;
/** Those that are not kept before they are used. */
declare const ON_DEMAND: readonly string[];

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
  event.respondWith(answer(event, path));
});

/** Fetches what is not cached yet. Fails as a whole when a file is missing or of another version; then all stays as is. */
async function install(): Promise<void> {
  for (const path of Object.keys(FILES)) {
    if (ON_DEMAND.includes(path) || (await kept(path))) continue;
    const response = await fetch(scope + path, { cache: 'no-cache' });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    if (!(await keep(path, response))) throw new Error(`${path} is not of this version`);
  }
}

/** Answers with what is kept, or else fetches and keeps it, while the page already reads it. */
async function answer(event: FetchEvent, path: string): Promise<Response> {
  const known = await kept(path);
  if (known) return known;
  const response = await fetch(event.request);
  if (response.ok) event.waitUntil(keep(path, response.clone()));
  return response;
}

/** Keeps a response if its content is of this version, and says whether it is. */
async function keep(path: string, response: Response): Promise<boolean> {
  const isOwn = (await sha256(await response.clone().arrayBuffer())) === FILES[path];
  if (isOwn) await (await open()).put(keyOf(path), response);
  return isOwn;
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
