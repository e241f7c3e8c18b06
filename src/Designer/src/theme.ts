/** The system's theme, unless this person chose one in this browser. */
const STORED = 'workflowhost.theme';
export type Theme = 'system' | 'light' | 'dark';

export function themeOf(): Theme {
  const chosen = localStorage.getItem(STORED);
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

export function applyTheme(theme: Theme = themeOf()): void {
  if (theme === 'system') {
    localStorage.removeItem(STORED);
    delete document.documentElement.dataset['theme'];
  } else {
    localStorage.setItem(STORED, theme);
    document.documentElement.dataset['theme'] = theme;
  }
}
