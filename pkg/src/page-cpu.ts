import { cpuWasm } from './cpu-wasm.js';
import type { Module } from './host.js';
import { instantiate } from './wasm/maskrcnn_cpu.js?instance';

/** A new instance of the CPU module for the page's own thread. */
export function openModule(): Module {
  return { glue: instantiate(), wasm: cpuWasm };
}
