import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { I18nProvider, RouterProvider } from 'react-aria-components';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import type { Centre, Me, Problem } from './api';
import { getCentre, getSession, onSignInNeeded, signOut } from './api';
import { AppBar } from './components/AppBar';
import { Empty, Failure, PageTitle, Waiting } from './components/basics';
import { SearchIcon } from './components/icons';
import { Dialog, ToastRegion } from './components/Overlay';
import { SignInForm } from './components/SignInForm';
import { localeOf, t } from './i18n';
import { SignInPage } from './pages/SignIn';
import { paths } from './paths';
import { homeOf, pages } from './routes';
import { SessionContext } from './session';

type Start = { centre: Centre; me: Me | null };

/** Loads the centre and the session, then shows the sign-in or the frame with its page. */
export function App() {
  const [start, setStart] = useState<Start | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [, navigate] = useLocation();

  const load = useCallback(async () => {
    setProblem(null);
    const [centre, session] = await Promise.all([getCentre(), getSession()]);
    if (!centre.ok) setProblem(centre.problem);
    else if (session.ok) setStart({ centre: centre.value, me: session.value });
    else if (session.problem.status === 401) setStart({ centre: centre.value, me: null });
    else setProblem(session.problem);
  }, []);
  useEffect(() => {
    // The state changes when the answers are here.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    void load();
  }, [load]);

  if (problem !== null) {
    return (
      <main className="page">
        <PageTitle title={t('app.name')} />
        <Failure problem={problem} onRetry={() => void load()} />
      </main>
    );
  }
  if (start === null) return <Waiting />;
  return (
    <I18nProvider locale={localeOf()}>
      <RouterProvider navigate={(to) => navigate(to)}>
        {start.me === null ? (
          <SignInPage centre={start.centre} onSignedIn={(me) => setStart({ ...start, me })} />
        ) : (
          <Frame centre={start.centre} me={start.me} />
        )}
      </RouterProvider>
    </I18nProvider>
  );
}

function Frame({ centre, me }: { centre: Centre; me: Me }) {
  const [page] = useLocation();
  const today = useCentreClock(centre);
  const leave = useCallback(() => {
    void signOut().then(() => location.assign('/'));
  }, []);
  const session = useMemo(() => ({ me, centre: today, signOut: leave }), [me, today, leave]);
  useEffect(() => {
    document.body.classList.toggle('task-page', page.startsWith('/zadania/'));
    window.scrollTo(0, 0);
  }, [page]);
  return (
    <SessionContext value={session}>
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      <AppBar />
      <main className="page" id="content" tabIndex={-1}>
        <Suspense fallback={<Waiting />}>
          <Switch>
            {homeOf(me) !== paths.today && (
              <Route path={paths.today}>
                <Redirect to={homeOf(me)} replace />
              </Route>
            )}
            {pages.map(({ path, view }) => (
              <Route key={path} path={path} component={view} />
            ))}
            <Route>
              <NotFound />
            </Route>
          </Switch>
        </Suspense>
      </main>
      <ToastRegion />
      <SignInAgain centre={centre} me={me} />
    </SessionContext>
  );
}

const HALF_HOUR = 1_800_000;

/** The day of the centre changes while the page stays open, and a pinned clock can be moved. */
function useCentreClock(first: Centre): Centre {
  const [centre, setCentre] = useState(first);
  useEffect(() => {
    const look = () => {
      void getCentre().then((answer) => {
        if (answer.ok) setCentre(answer.value);
      });
    };
    const timer = setInterval(look, HALF_HOUR);
    const seen = () => {
      if (document.visibilityState === 'visible') look();
    };
    document.addEventListener('visibilitychange', seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, []);
  return centre;
}

/** The session ended while the person worked: she signs in over the page, and what she typed stays where it is. */
function SignInAgain({ centre, me }: { centre: Centre; me: Me }) {
  const [open, setOpen] = useState(false);
  const answer = useRef<(back: boolean) => void>(() => undefined);
  useEffect(() => {
    onSignInNeeded(
      () =>
        new Promise((resolve) => {
          answer.current = resolve;
          setOpen(true);
        }),
    );
    return () => onSignInNeeded(() => Promise.resolve(false));
  }, []);
  return (
    <Dialog title={t('signIn.againTitle')} open={open}>
      <p>{t('signIn.againText', { name: me.name })}</p>
      <SignInForm
        centre={centre}
        known={me}
        onSignedIn={(back) => {
          // Another account must not see what this one typed: the application starts anew.
          if (back.userName !== me.userName) location.assign('/');
          setOpen(false);
          answer.current(true);
        }}
      />
      <a className="link" href="/">
        {t('signIn.other')}
      </a>
    </Dialog>
  );
}

function NotFound() {
  return (
    <>
      <PageTitle title={t('notFound.title')} />
      <Empty icon={<SearchIcon />} title={t('notFound.text')}>
        <a className="button" href="/">
          {t('notFound.back')}
        </a>
      </Empty>
    </>
  );
}
