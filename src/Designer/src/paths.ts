/** Addresses of pages; Polish words, and never a name, a PESEL or a searched word. */
export const paths = {
  today: '/',
  task: (taskKey: string) => `/zadania/${taskKey}`,
  cases: '/sprawy',
  case: (caseNo: string) => `/sprawy/${encodeURIComponent(caseNo)}`,
  document: (caseNo: string, number: number) => `/sprawy/${encodeURIComponent(caseNo)}/dokumenty/${number}`,
  team: '/zespol',
  member: (userName: string) => `/zespol/${encodeURIComponent(userName)}`,
  account: '/konto',
  admin: '/ustawienia',
  audit: '/dziennik',
  silence: '/cisza',
  notifications: '/powiadomienia',
  templates: '/szablony',
};
