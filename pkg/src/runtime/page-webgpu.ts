import { instantiate } from '../wasm/maskrcnn_webgpu.js?instance';
import type { Module } from './host.js';

/** A new instance of the WebGPU module for the page's own thread. */
export function openModule(): Module {
  return { glue: instantiate(), wasm: () => new URL('./wasm/maskrcnn_webgpu_bg.wasm', import.meta.url) };
}
