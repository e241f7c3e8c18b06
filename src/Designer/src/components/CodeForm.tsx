/** "Mam kod jednorazowy": a first or new password, set by the person herself. */
import { useState } from 'react';
import type { Me } from '../api';
import { signInWithCode } from '../api';
import { t } from '../i18n';
import { useAct, Refused, type Errors } from './ActDialog';
import { Button } from './basics';
import { missing } from './CaseDialogs';
import { InputField, NewPasswordField } from './fields';

type Props = { onSignedIn: (me: Me) => void; onBack: () => void };

export function CodeForm({ onSignedIn, onBack }: Props) {
  const [userName, setUserName] = useState('');
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const check = (): Errors => ({
    ...missing({
      userName: [userName, t('code.userNameMissing')],
      code: [code, t('code.missing')],
      password: [password, t('password.nextMissing')],
    }),
    ...(password !== again ? { again: t('password.different') } : {}),
  });
  const form = useAct<Me>(() => signInWithCode(userName.trim(), code, password), onSignedIn, check);
  return (
    <form className="stack" noValidate onSubmit={form.submit}>
      <p>{t('code.text')}</p>
      <Refused problem={form.problem} />
      <InputField
        label={t('signIn.userName')}
        autoComplete="username"
        spellCheck={false}
        value={userName}
        onChange={setUserName}
        error={form.errors['userName']}
      />
      <InputField
        label={t('code.label')}
        hint={t('code.hint')}
        autoComplete="one-time-code"
        spellCheck={false}
        value={code}
        onChange={setCode}
        error={form.errors['code']}
      />
      <NewPasswordField
        label={t('password.next')}
        value={password}
        onChange={setPassword}
        error={form.errors['password']}
      />
      <InputField
        label={t('password.again')}
        type="password"
        autoComplete="new-password"
        value={again}
        onChange={setAgain}
        error={form.errors['again']}
      />
      <Button type="submit" kind="primary" className="block" off={form.busy}>
        {t(form.busy ? 'signIn.busy' : 'code.enter')}
      </Button>
      <Button kind="quiet" className="block" onClick={onBack}>
        {t('code.back')}
      </Button>
    </form>
  );
}
