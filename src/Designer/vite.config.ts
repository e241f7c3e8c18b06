import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/**
 * CodeMirror, inside the form and table editors, adds a style element, which the content security policy refuses. Its other way, a
 * sheet made by script, is allowed: here it takes it for documents too, not for shadow roots only.
 */
const sheetsByScript = {
  name: 'sheets-by-script',
  enforce: 'pre' as const,
  transform(code: string, id: string) {
    if (!/style-mod/.test(id) || !code.includes('!root.head && root.adoptedStyleSheets')) return null;
    return { code: code.replace('!root.head && root.adoptedStyleSheets', 'root.adoptedStyleSheets'), map: null };
  },
};

export default defineConfig({
  plugins: [react(), sheetsByScript],
  base: '/',
  build: {
    outDir: '../Api/wwwroot',
    emptyOutDir: true,
    // The content security policy allows files of our own only: nothing becomes a data: address.
    assetsInlineLimit: 0,
    // form-js and bpmn-js are large and come only with the pages that need them.
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
  },
  // Tests read the shipped procedures, which stand beside src.
  server: { proxy: { '/api': 'http://127.0.0.1:5080' }, fs: { allow: ['../..'] } },
  test: {
    // Tests of pages ask for jsdom in their first line; the others start faster without.
    environment: 'node',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
    // Styles play no part in jsdom, except the tokens, which a test computes with.
    css: { include: [/tokens\.css/] },
    restoreMocks: true,
    // A form drawn in jsdom takes seconds on a machine that builds something else meanwhile.
    testTimeout: 30_000,
  },
});
