import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

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

/** Beside each text a compressed copy, so that the server never compresses. */
const compressed = {
  name: 'compressed',
  apply: 'build' as const,
  async closeBundle() {
    for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(html|js|css|svg)$/.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      await writeFile(`${path}.gz`, gzipSync(await readFile(path), { level: 9 }));
    }
  },
};

export default defineConfig({
  plugins: [react(), compressed],
  server: { proxy: Object.fromEntries(served.map((path) => [`^${path}(/|$|\\?)`, { target: server }])) },
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'] },
});
