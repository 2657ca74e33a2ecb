// The build puts wasm-bindgen's modules into dist/wasm; they are missing when the types are checked.
declare module '*/maskrcnn_webgpu.js' {
  const init: import('./engine.js').Glue['default'];
  export default init;
  export const onPanic: import('./engine.js').Glue['onPanic'];
  export const Engine: import('./engine.js').Glue['Engine'];
}
declare module '*/maskrcnn_cpu.js' {
  const init: import('./engine.js').Glue['default'];
  export default init;
  export const onPanic: import('./engine.js').Glue['onPanic'];
  export const Engine: import('./engine.js').Glue['Engine'];
  export const convert: import('./engine.js').Glue['convert'];
}
// Made by rolldown.config.mjs: the same modules as functions, each call of which gives one with a state of its own.
declare module '*/maskrcnn_objects.js?instance' {
  export function instantiate(): import('./objects-glue.js').ObjectsGlue & Pick<import('./engine.js').Glue, 'default'>;
}
declare module '*?instance' {
  export function instantiate(): import('./engine.js').Glue;
}
