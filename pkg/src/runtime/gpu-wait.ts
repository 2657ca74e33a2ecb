/**
 * Milliseconds that the browser has to answer each request for a GPU adapter or device, by the backend that was asked
 * for: with `'auto'` the CPU takes over then, with `'webgpu'` it is the error `webgpu-unavailable`.
 *
 * A driver that hangs never answers. One that works does so in well under a second, or in two or three where the
 * browser starts its GPU process for it.
 */
export const GPU_WAIT_MS = { auto: 4_000, webgpu: 20_000 } as const;

/** A promise's value, or `undefined` where it takes longer than that many milliseconds. */
export async function withinTime<Value>(promise: Promise<Value>, milliseconds: number): Promise<Value | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([promise, end]);
  } finally {
    clearTimeout(timer);
  }
}
