import { type ModelPackage, Segmenter } from 'maskrcnn-web';
import { useEffect, useState } from 'react';

/** The segmenter once it is loaded; until then its progress, or why it failed. */
export interface Loading {
  segmenter?: Segmenter;
  status: string;
}

/**
 * Loads a model for as long as a component is mounted. In strict mode effects run twice in development, the first time
 * only to be cleaned up: the signal stops that load.
 */
export function useSegmenter(model: ModelPackage): Loading {
  const [loading, setLoading] = useState<Loading>({ status: 'Loading' });

  useEffect(() => {
    const stop = new AbortController();
    let segmenter: Segmenter | undefined;
    const load = async () => {
      segmenter = await Segmenter.load({
        model,
        signal: stop.signal,
        onProgress: ({ phase, loaded, total }) => {
          setLoading({ status: total ? `${phase}: ${Math.round((100 * loaded) / total)} %` : phase });
        },
      });
      if (stop.signal.aborted) segmenter.dispose();
      else setLoading({ segmenter, status: 'Ready' });
    };
    load().catch((error: Error) => stop.signal.aborted || setLoading({ status: error.message }));
    return () => {
      stop.abort();
      segmenter?.dispose();
    };
  }, [model]);

  return loading;
}
