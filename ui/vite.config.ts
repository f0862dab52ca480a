import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `RECADO_URL` is a server that runs already, for instance `recado demo`.
const server = process.env['RECADO_URL'] ?? 'http://127.0.0.1:8080';
// What the server answers itself; every other path is the app's.
const served = [
  '/api',
  '/docs',
  '/chat',
  '/chat.js',
  '/l',
  '/files',
  '/hooks',
  '/inspector',
  '/healthz',
  '/readyz',
  '/metrics',
];

export default defineConfig({
  plugins: [react()],
  server: { proxy: Object.fromEntries(served.map((path) => [`^${path}(/|$|\\?)`, { target: server }])) },
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
});
