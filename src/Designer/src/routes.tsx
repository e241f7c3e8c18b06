/** Every page and the navigation. A page of its own chunk comes when it is opened first. */
import { lazy, type ComponentType, type ReactNode } from 'react';
import type { Me } from './api';
import { FolderIcon, TodayIcon } from './components/icons';
import type { Key } from './i18n';
import { paths } from './paths';
import { Today } from './pages/Today';

export type Page = { path: string; view: ComponentType };

export const pages: Page[] = [
  { path: paths.today, view: Today },
  { path: '/zadania/:taskKey', view: lazy(() => import('./pages/Task')) },
];

export type NavItem = {
  to: string;
  label: Key;
  icon: ReactNode;
  /** `bar`: only where the navigation is a bar on top; `phone`: only under the thumb. */
  only?: 'bar' | 'phone';
  /** Who finds it useful; the server decides what is allowed. */
  shownTo?: (me: Me) => boolean;
};

/** At most four on a phone; what does not fit stands in the menu of the person. */
export const nav: NavItem[] = [
  { to: paths.today, label: 'nav.today', icon: <TodayIcon /> },
  { to: paths.cases, label: 'nav.cases', icon: <FolderIcon /> },
];
