import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';

// A browser has it, jsdom does not, and react-aria asks for it when a dialog opens.
if (typeof CSS === 'undefined') {
  Object.assign(globalThis, { CSS: { escape: (text: string) => text.replace(/[^\w-]/g, '\\$&') } });
}

// What is looked for comes within a second where nothing else runs; a busy machine is given more.
configure({ asyncUtilTimeout: 10_000 });

afterEach(() => {
  if (typeof document === 'undefined') return;
  cleanup();
  localStorage.clear();
  history.replaceState(null, '', '/');
});
