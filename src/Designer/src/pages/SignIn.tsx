import type { Centre, Me } from '../api';
import { PageTitle } from '../components/basics';
import { Mark } from '../components/icons';
import { SignInForm } from '../components/SignInForm';
import { t } from '../i18n';

/** The address stays, so the page that was asked for opens after signing in. */
export function SignInPage({ centre, onSignedIn }: { centre: Centre; onSignedIn: (me: Me) => void }) {
  return (
    <>
      <header className="app-bar">
        <div className="app-bar-in">
          <span className="brand">
            <Mark />
            <span>
              {t('app.name')}
              <small>{centre.name}</small>
            </span>
          </span>
        </div>
      </header>
      <main className="page">
        <div className="sign-in">
          <div>
            <PageTitle title={t('signIn.title')} />
            <p className="quiet">{centre.name}</p>
          </div>
          <section className="card">
            <div className="card-body">
              <SignInForm centre={centre} onSignedIn={onSignedIn} />
            </div>
          </section>
        </div>
      </main>
    </>
  );
}
