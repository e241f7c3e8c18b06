import { createContext, use } from 'react';
import type { Centre, Me } from './api';

export type Session = { me: Me; centre: Centre; signOut: () => void };

export const SessionContext = createContext<Session | null>(null);

/** The person signed in and her centre; only inside the application frame. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error('There is no session outside the application frame.');
  return session;
}

const STAFF = ['social_worker', 'assistant', 'team_lead', 'head', 'specialist', 'benefits_worker', 'clerk'];

/** What the frame offers; the server decides anew what is allowed. */
export const holds = (me: Me, ...roles: string[]) => roles.some((role) => me.roles.includes(role));
/** Who administers accounts and procedures and nothing else: no case, no task is hers. */
export const isAdminOnly = (me: Me) => !me.engineAll && me.roles.length === 1 && me.roles[0] === 'admin';
export const isStaff = (me: Me) => holds(me, ...STAFF);
