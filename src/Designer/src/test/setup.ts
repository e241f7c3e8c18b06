import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

// A browser has it, jsdom does not, and react-aria asks for it when a dialog opens.
if (typeof CSS === 'undefined') {
  Object.assign(globalThis, { CSS: { escape: (text: string) => text.replace(/[^\w-]/g, '\\$&') } });
}

afterEach(() => {
  if (typeof document === 'undefined') return;
  cleanup();
  localStorage.clear();
  history.replaceState(null, '', '/');
});
