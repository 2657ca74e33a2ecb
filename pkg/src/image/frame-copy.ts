import { kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';
import { AS_STORED } from './pixels.js';

/**
 * A frame for the engine, which closes it: one of a camera or a decoder as it is, without a copy of its pixels. The frame
 * itself is left as it is.
 *
 * @throws `invalid-input` for one that was closed
 */
export async function takeFrame(frame: ImageBitmap | VideoFrame): Promise<ImageBitmap | VideoFrame> {
  try {
    if (isPlainFrame(frame)) return frame.clone();
    // Not every browser turns bitmaps that are made of frames.
    return isTurned(frame) ? painted(frame) : await createImageBitmap(frame, AS_STORED);
  } catch (cause) {
    throw new MaskRcnnError('invalid-input', `the frame cannot be read as an image: ${cause}`, { cause });
  }
}

/** Whether it is a frame of a video. */
export function isFrame(source: unknown): source is VideoFrame {
  return kindOf(source) === 'VideoFrame';
}

/**
 * Whether it is a frame that the GPU copies as it is shown: neither turned nor resized for that, which browsers do in more
 * than one way, nor transparent, whose colours would have to stay straight.
 */
function isPlainFrame(frame: ImageBitmap | VideoFrame): frame is VideoFrame {
  if (!isFrame(frame)) return false;
  const { format, visibleRect, displayWidth, displayHeight } = frame;
  const isResized = displayWidth !== visibleRect?.width || displayHeight !== visibleRect?.height;
  return !isResized && !isTurned(frame) && !format?.includes('A');
}

/** Whether a frame is turned or flipped where it is shown, which only newer browsers do. */
export function isTurned(frame: ImageBitmap | VideoFrame): frame is VideoFrame {
  const { rotation, flip } = frame as { rotation?: number; flip?: boolean };
  return Boolean(rotation || flip);
}

/** A frame as it is shown. */
export function painted(frame: VideoFrame): ImageBitmap {
  const { displayWidth: width, displayHeight: height } = frame;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.drawImage(frame, 0, 0, width, height);
  return canvas.transferToImageBitmap();
}
