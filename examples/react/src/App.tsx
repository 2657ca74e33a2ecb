import type { Detection, SegmentResult } from 'maskrcnn-web';
import nuclei from 'maskrcnn-web-nuclei';
import { useEffect, useState } from 'react';
import { ObjectsCanvas } from './ObjectsCanvas';
import { useSegmenter } from './useSegmenter';

/** An image and what was found in it, which belong together. */
interface Shown {
  image: ImageBitmap;
  result: SegmentResult;
}

/** Finds the objects in an image that the visitor chooses, and lists them. */
export function App() {
  const { segmenter, status } = useSegmenter(nuclei);
  const [file, setFile] = useState<Blob>();
  const [shown, setShown] = useState<Shown>();
  const [error, setError] = useState<string>();
  const [highlight, setHighlight] = useState<Detection>();

  // An image to begin with.
  useEffect(() => {
    const fetchExample = async () => {
      const example = await (await fetch('cells.png')).blob();
      setFile((chosen) => chosen ?? example);
    };
    fetchExample().catch((error: Error) => setError(error.message));
  }, []);

  useEffect(() => {
    if (!segmenter || !file) return;
    // Another file aborts the call for this one.
    const stop = new AbortController();
    const search = async () => {
      setError(undefined);
      const image = await createImageBitmap(file);
      const result = await segmenter.segment(image, { signal: stop.signal });
      setHighlight(undefined);
      setShown({ image, result });
    };
    search().catch((error: Error) => stop.signal.aborted || setError(error.message));
    return () => stop.abort();
  }, [segmenter, file]);

  return (
    <main>
      <h1>Objects in an image</h1>
      <label>
        Image: <input type="file" accept="image/*" onChange={({ target }) => setFile(target.files?.[0])} />
      </label>
      <p role="status">{error ?? (shown ? `${shown.result.detections.length} objects` : status)}</p>
      {shown && (
        <div className="shown">
          <ObjectsCanvas {...shown} highlight={highlight} onPoint={setHighlight} />
          <ol>
            {shown.result.detections.map((detection, index) => (
              <li
                // The list is replaced as a whole, never sorted, so that the index is key enough.
                key={index}
                className={detection === highlight ? 'highlight' : ''}
                onPointerEnter={() => setHighlight(detection)}
                onPointerLeave={() => setHighlight(undefined)}
              >
                {detection.label}, {Math.round(detection.score * 100)} %
              </li>
            ))}
          </ol>
        </div>
      )}
    </main>
  );
}
