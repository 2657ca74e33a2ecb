// A worker that counts what another script does as a worker: `metered.mjs?id=ID&of=SCRIPT`.

import './meter.mjs';

const early = [];
const keep = (event) => early.push(event.data);
self.addEventListener('message', keep);
await import(new URL(location.href).searchParams.get('of'));
self.removeEventListener('message', keep);
for (const data of early) self.dispatchEvent(new MessageEvent('message', { data }));
