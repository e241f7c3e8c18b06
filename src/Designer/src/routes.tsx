/** Every page and the navigation. A page of its own chunk comes when it is opened first. */
import { lazy, type ComponentType, type ReactNode } from 'react';
import type { Me } from './api';
import {
  DocumentIcon,
  FolderIcon,
  MailIcon,
  PenIcon,
  PeopleIcon,
  PersonIcon,
  RulerIcon,
  TodayIcon,
} from './components/icons';
import type { Key } from './i18n';
import { paths } from './paths';
import { Today } from './pages/Today';
import { holds, isAdminOnly, isStaff } from './session';

export type Page = { path: string; view: ComponentType };

export const pages: Page[] = [
  { path: paths.today, view: Today },
  { path: '/zadania/:taskKey', view: lazy(() => import('./pages/Task')) },
  { path: paths.cases, view: lazy(() => import('./pages/Cases')) },
  { path: '/sprawy/:caseNo/dokumenty/:number', view: lazy(() => import('./pages/Document')) },
  { path: '/sprawy/:caseNo/:part?', view: lazy(() => import('./pages/Case')) },
  { path: '/zespol/:userName', view: lazy(() => import('./pages/TeamMember')) },
  { path: paths.team, view: lazy(() => import('./pages/Team')) },
  { path: paths.account, view: lazy(() => import('./pages/Account')) },
  { path: paths.admin, view: lazy(() => import('./pages/AdminAccounts')) },
  { path: paths.audit, view: lazy(() => import('./pages/AdminAudit')) },
  { path: paths.silence, view: lazy(() => import('./pages/Silence')) },
  { path: paths.notifications, view: lazy(() => import('./pages/Notifications')) },
  { path: paths.templates, view: lazy(() => import('./pages/AdminTemplates')) },
  { path: paths.procedures, view: lazy(() => import('./procedures/List')) },
  { path: '/procedury/:id/edycja', view: lazy(() => import('./procedures/Editor')) },
  { path: '/procedury/:id/przeniesienie', view: lazy(() => import('./procedures/Migrate')) },
  { path: '/procedury/:id/wersja-producenta', view: lazy(() => import('./procedures/ProductVersion')) },
  { path: '/procedury/:id', view: lazy(() => import('./procedures/Procedure')) },
  { path: '/przeniesienia/:id', view: lazy(() => import('./procedures/Migration')) },
  { path: '/publikacje/:id', view: lazy(() => import('./procedures/Publication')) },
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

/** Where a person begins: her day; an administrator without cases begins with the accounts. */
export const homeOf = (me: Me) => (isAdminOnly(me) ? paths.admin : paths.today);

/** At most four on a phone; what does not fit stands in the menu of the person. */
export const nav: NavItem[] = [
  { to: paths.today, label: 'nav.today', icon: <TodayIcon />, shownTo: (me) => !isAdminOnly(me) },
  { to: paths.cases, label: 'nav.cases', icon: <FolderIcon />, shownTo: (me) => !isAdminOnly(me) },
  { to: paths.team, label: 'nav.team', icon: <PeopleIcon />, shownTo: (me) => isStaff(me) || holds(me, 'mayor') },
  {
    to: paths.silence,
    label: 'nav.silence',
    icon: <TodayIcon />,
    only: 'bar',
    shownTo: (me) => holds(me, 'team_lead', 'head'),
  },
  {
    to: paths.procedures,
    label: 'nav.procedures',
    icon: <RulerIcon />,
    shownTo: (me) => holds(me, 'admin'),
  },
  {
    to: paths.procedures,
    label: 'nav.procedures',
    icon: <RulerIcon />,
    only: 'bar',
    shownTo: (me) => holds(me, 'head') && !holds(me, 'admin'),
  },
  { to: paths.admin, label: 'nav.accounts', icon: <PersonIcon />, shownTo: (me) => holds(me, 'admin') },
  {
    to: paths.notifications,
    label: 'nav.notifications',
    icon: <MailIcon />,
    only: 'bar',
    shownTo: (me) => holds(me, 'team_lead', 'head', 'admin'),
  },
  {
    to: paths.templates,
    label: 'nav.templates',
    icon: <PenIcon />,
    only: 'bar',
    shownTo: (me) => holds(me, 'admin'),
  },
  { to: paths.audit, label: 'nav.audit', icon: <DocumentIcon />, shownTo: (me) => holds(me, 'admin', 'dpo') },
];
