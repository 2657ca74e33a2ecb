import { defineConfig } from 'rolldown';

// The workers import wasm-bindgen's modules, which find their .wasm beside themselves: those stay as they are.
export default defineConfig({
  input: {
    index: 'src/index.ts',
    draw: 'src/draw.ts',
    'worker-cpu': 'src/worker-cpu.ts',
    'worker-webgpu': 'src/worker-webgpu.ts',
  },
  external: /\/wasm\//,
  tsconfig: 'tsconfig.json',
  output: { dir: 'dist', format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
});
