import { instantiate } from '../wasm/maskrcnn_cpu.js?instance';
import { cpuWasm } from './cpu-wasm.js';
import type { Module } from './host.js';

/** A new instance of the CPU module for the page's own thread. */
export function openModule(): Module {
  return { glue: instantiate(), wasm: cpuWasm };
}
