import { element } from './element.js';

/** Has the browser keep the whole site on this device, and says so once it does. */
export async function keepOffline(): Promise<void> {
  try {
    // There is none on a page without https, and in some browsers none in private windows.
    await navigator.serviceWorker.register('service-worker.js');
    await navigator.serviceWorker.ready;
    element('offline', HTMLElement).hidden = false;
  } catch {
    // The page needs it for nothing else, and promises nothing without it.
  }
}
