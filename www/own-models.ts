/** The models that a visitor has brought along, kept on this device by the browser. */

/** What of a file's address in the cache comes before its name. */
const PLACE = new URL('own-models/', document.baseURI).href;

/** Whether this browser can keep models: in private windows and on pages without https some cannot. */
const open = async () => (globalThis.caches ? caches.open(`own models of ${PLACE}`).catch(() => undefined) : undefined);

/** The names of the models that are kept. */
export async function ownModels(): Promise<string[]> {
  const kept = (await (await open())?.keys()) ?? [];
  return kept.map(({ url }) => decodeURIComponent(url.slice(PLACE.length)));
}

/** Keeps a model under its file's name; `false` where the browser has no room for it. */
export async function remember(model: File): Promise<boolean> {
  const cache = await open();
  const kept = cache?.put(addressOf(model.name), new Response(model)).then(
    () => true,
    () => false,
  );
  return (await kept) ?? false;
}

/** A model that is kept. */
export async function recall(name: string): Promise<File | undefined> {
  const kept = await (await open())?.match(addressOf(name));
  return kept && new File([await kept.blob()], name);
}

/** Deletes a model. */
export async function forget(name: string): Promise<void> {
  await (await open())?.delete(addressOf(name));
}

function addressOf(name: string): string {
  return PLACE + encodeURIComponent(name);
}
