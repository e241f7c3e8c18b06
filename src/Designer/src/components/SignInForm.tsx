/** Name and password, passkey, Entra ID: on the sign-in page, and over a page whose session ended. */
import { useId, useState } from 'react';
import type { Answer, Centre, Me } from '../api';
import { entraAddress, OFFLINE, signIn, signInWithPasskey } from '../api';
import { t } from '../i18n';
import { Button, wordsOf } from './basics';
import { CodeForm } from './CodeForm';
import { AlertIcon, KeyIcon, PersonIcon } from './icons';

type Props = {
  centre: Centre;
  /** The session ended: this person goes on, nobody else. */
  known?: Pick<Me, 'userName' | 'name'>;
  onSignedIn: (me: Me) => void;
};

export function SignInForm({ centre, known, onSignedIn }: Props) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const [userName, setUserName] = useState(known?.userName ?? '');
  const [password, setPassword] = useState('');
  const [byCode, setByCode] = useState(false);
  const id = useId();
  const passkeys = centre.signIn.passkeys && 'PublicKeyCredential' in window;

  const enter = async (ask: () => Promise<Answer<Me>>) => {
    if (busy) return;
    setBusy(true);
    setError('');
    const answer = await ask();
    setBusy(false);
    if (answer.ok) onSignedIn(answer.value);
    else setError(wordsOfRefusal(answer.problem));
  };

  if (byCode) return <CodeForm onSignedIn={onSignedIn} onBack={() => setByCode(false)} />;
  return (
    <form
      className="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (userName.trim() === '' || password === '') setError(t('signIn.fillBoth'));
        else void enter(() => signIn(userName.trim(), password));
      }}
    >
      {error !== '' && (
        <p className="error" role="alert" id={`${id}-error`}>
          <AlertIcon />
          {error}
        </p>
      )}
      <div className="field">
        <label htmlFor={`${id}-name`}>{t('signIn.userName')}</label>
        <input
          id={`${id}-name`}
          className="input"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={userName}
          readOnly={known !== undefined}
          onChange={(event) => setUserName(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor={`${id}-password`}>{t('signIn.password')}</label>
        <input
          id={`${id}-password`}
          className="input"
          name="password"
          type="password"
          autoFocus={known !== undefined}
          autoComplete="current-password"
          value={password}
          aria-describedby={error === '' ? undefined : `${id}-error`}
          onChange={(event) => setPassword(event.target.value)}
        />
      </div>
      <Button type="submit" kind="primary" className="block" off={busy}>
        {t(busy ? 'signIn.busy' : 'signIn.enter')}
      </Button>
      {(passkeys || centre.signIn.entra) && <p className="or">{t('signIn.or')}</p>}
      {passkeys && (
        <Button className="block" off={busy} onClick={() => void enter(signInWithPasskey)}>
          <KeyIcon />
          {t('signIn.passkey')}
        </Button>
      )}
      {centre.signIn.entra && known === undefined && (
        <a className="button block" href={entraAddress(location.pathname + location.search)}>
          <PersonIcon />
          {t('signIn.entra')}
        </a>
      )}
      {known === undefined && (
        <Button kind="quiet" className="block" onClick={() => setByCode(true)}>
          {t('code.have')}
        </Button>
      )}
    </form>
  );
}

function wordsOfRefusal(problem: Parameters<typeof wordsOf>[0]): string {
  if (problem.title === 'CANCELLED') return t('signIn.cancelled');
  if (problem.title === OFFLINE) return t('signIn.offline');
  if (problem.status === 401 && problem.detail === '') return t('signIn.wrong');
  return wordsOf(problem);
}
