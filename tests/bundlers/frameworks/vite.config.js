import react from '@vitejs/plugin-react';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react(), vue()],
  build: { rolldownOptions: { input: ['react.html', 'vue.html'] } },
});
