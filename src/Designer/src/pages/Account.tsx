/** One's own account (konto): who I am here, language and look, password, passkeys, codes from the phone. */
import { useState } from 'react';
import {
  addPasskey,
  beginSecondFactor,
  changePassword,
  confirmSecondFactor,
  deletePasskey,
  getPasskeys,
  getSecondFactor,
  removeSecondFactor,
  type NewSecondFactor,
  type Passkey,
} from '../api';
import { ActDialog, Refused, useAct, type Errors } from '../components/ActDialog';
import { Button, Failure, PageTitle, Waiting } from '../components/basics';
import { missing } from '../components/CaseDialogs';
import { ChoiceField, InputField, NewPasswordField } from '../components/fields';
import { KeyIcon } from '../components/icons';
import { Messages } from '../components/Messages';
import { MyChannels } from '../components/MyChannels';
import { Dialog, toast } from '../components/Overlay';
import { dayOf, plainDay, timeOf } from '../format';
import { useLoad } from '../hooks';
import { changeLanguage, languageOf, t, tCode, type Language } from '../i18n';
import { useSession } from '../session';
import '../styles/account.css';
import { applyTheme, themeOf, type Theme } from '../theme';

export default function Account() {
  const { centre, signOut } = useSession();
  return (
    <>
      <div className="page-head">
        <PageTitle title={t('mine.title')} />
        <Button onClick={signOut}>{t('account.signOut')}</Button>
      </div>
      <div className="account-grid">
        <Data />
        <Look />
        <Messages />
        <Password />
        {centre.signIn.passkeys && <Passkeys />}
        <MyChannels />
        <SecondFactor />
      </div>
    </>
  );
}

function Data() {
  const { me, centre } = useSession();
  return (
    <section className="card" aria-labelledby="data">
      <header>
        <h2 id="data">{t('mine.data')}</h2>
      </header>
      <div className="card-body stack">
        <dl className="facts">
          <dt>{t('mine.name')}</dt>
          <dd>{me.name}</dd>
          <dt>{t('signIn.userName')}</dt>
          <dd>{me.userName}</dd>
          <dt>{t('mine.roles')}</dt>
          <dd>{me.roles.map((role) => tCode('role', role)).join(', ')}</dd>
          {me.actsFor.length > 0 && (
            <>
              <dt>{t('mine.actsFor')}</dt>
              <dd>
                {me.actsFor.map((one) => (
                  <p key={one.userName}>
                    {t('mine.actsForUntil', { who: one.name, day: plainDay(dayOf(one.until), centre.today) })}
                  </p>
                ))}
              </dd>
            </>
          )}
          <dt>{t('mine.session')}</dt>
          <dd>{t('mine.sessionUntil', { time: timeOf(me.expiresAt) })}</dd>
        </dl>
        <p className="small quiet">{t('mine.dataHint')}</p>
      </div>
    </section>
  );
}

function Look() {
  const [theme, setTheme] = useState<Theme>(themeOf);
  return (
    <section className="card" aria-labelledby="look">
      <header>
        <h2 id="look">{t('mine.look')}</h2>
      </header>
      <div className="card-body">
        <ChoiceField
          label={t('mine.theme')}
          options={(['system', 'light', 'dark'] as const).map((one) => ({ value: one, label: t(`theme.${one}`) }))}
          value={theme}
          onChange={(next) => {
            applyTheme(next as Theme);
            setTheme(next as Theme);
          }}
        />
        <ChoiceField
          label={t('mine.language')}
          hint={t('mine.languageHint')}
          row
          options={(['pl', 'en'] as const).map((one) => ({ value: one, label: t(`language.${one}`) }))}
          value={languageOf()}
          onChange={(next) => changeLanguage(next as Language)}
        />
      </div>
    </section>
  );
}

function Password() {
  const { me } = useSession();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const check = (): Errors => ({
    ...missing({ current: [current, t('password.currentMissing')], next: [next, t('password.nextMissing')] }),
    ...(next !== again ? { again: t('password.different') } : {}),
  });
  const act = useAct(
    () => changePassword(current, next),
    () => {
      setCurrent('');
      setNext('');
      setAgain('');
      toast(t('password.done'));
    },
    check,
  );
  return (
    <section className="card" aria-labelledby="password">
      <header>
        <h2 id="password">{t('password.title')}</h2>
      </header>
      <form className="card-body" noValidate onSubmit={act.submit}>
        <Refused problem={act.problem} />
        {/* A password manager finds the account by it. */}
        <input
          className="vh"
          type="text"
          autoComplete="username"
          value={me.userName}
          readOnly
          tabIndex={-1}
          aria-hidden
        />
        <InputField
          label={t('password.current')}
          type="password"
          autoComplete="current-password"
          value={current}
          onChange={setCurrent}
          error={act.errors['current']}
        />
        <NewPasswordField label={t('password.next')} value={next} onChange={setNext} error={act.errors['next']} />
        <InputField
          label={t('password.again')}
          type="password"
          autoComplete="new-password"
          value={again}
          onChange={setAgain}
          error={act.errors['again']}
        />
        <Button kind="primary" type="submit" off={act.busy}>
          {act.busy ? t('act.busy') : t('password.act')}
        </Button>
      </form>
    </section>
  );
}

function Passkeys() {
  const { centre } = useSession();
  const keys = useLoad('passkeys', getPasskeys);
  const [open, setOpen] = useState<'add' | Passkey | null>(null);
  const able = 'PublicKeyCredential' in window;
  const done = (words: string) => {
    setOpen(null);
    keys.reload();
    toast(words);
  };
  return (
    <section className="card" aria-labelledby="passkeys">
      <header>
        <h2 id="passkeys">{t('passkey.title')}</h2>
      </header>
      <div className="card-body stack">
        <p className="small quiet">{t('passkey.hint')}</p>
        {keys.loading && <Waiting />}
        {keys.problem !== null && <Failure problem={keys.problem} onRetry={keys.reload} />}
        <ul className="key-list">
          {keys.value?.length === 0 && <li className="quiet">{t('passkey.none')}</li>}
          {keys.value?.map((key) => (
            <li key={key.id}>
              <KeyIcon />
              <span>
                {nameOf(key)}
                <span className="quiet small"> {plainDay(dayOf(key.createdAt), centre.today)}</span>
              </span>
              <Button
                kind="quiet"
                aria-label={t('passkey.removeLabel', { name: nameOf(key) })}
                onClick={() => setOpen(key)}
              >
                {t('passkey.remove')}
              </Button>
            </li>
          ))}
        </ul>
        <Button off={!able} onClick={() => setOpen('add')}>
          {t('passkey.add')}
        </Button>
        {!able && <p className="small quiet">{t('passkey.unable')}</p>}
      </div>
      {open === 'add' && <AddPasskey onClose={() => setOpen(null)} onDone={() => done(t('passkey.added'))} />}
      {open !== null && open !== 'add' && (
        <ActDialog
          title={t('passkey.removeTitle')}
          act={t('passkey.removeAct')}
          keep={t('passkey.removeKeep')}
          run={() => deletePasskey(open.id)}
          onClose={() => setOpen(null)}
          onDone={() => done(t('passkey.removed'))}
        >
          <p>{t('passkey.removeFollows', { name: nameOf(open) })}</p>
        </ActDialog>
      )}
    </section>
  );
}

/** Codes of an authenticator application: asked for where a decision is grave. */
function SecondFactor() {
  const state = useLoad('second-factor', getSecondFactor);
  const [open, setOpen] = useState<'add' | 'remove' | null>(null);
  const [password, setPassword] = useState('');
  const [begun, setBegun] = useState<NewSecondFactor | null>(null);
  const [code, setCode] = useState('');
  const [codes, setCodes] = useState<string[] | null>(null);
  const close = () => {
    setOpen(null);
    setBegun(null);
    setCodes(null);
    setPassword('');
    setCode('');
    state.reload();
  };
  const passwordField = (errors: Errors) => (
    <InputField
      label={t('password.current')}
      type="password"
      autoComplete="current-password"
      value={password}
      onChange={setPassword}
      error={errors['password']}
    />
  );
  const passwordGiven = () => missing({ password: [password, t('password.currentMissing')] });
  return (
    <section className="card" aria-labelledby="second-factor">
      <header>
        <h2 id="second-factor">{t('factor.title')}</h2>
      </header>
      <div className="card-body stack">
        <p className="small quiet">{t('factor.hint')}</p>
        {state.loading && <Waiting />}
        {state.problem !== null && <Failure problem={state.problem} onRetry={state.reload} />}
        {state.value !== null && (
          <p>{state.value.enabled ? t('factor.on', { n: state.value.recoveryCodesLeft }) : t('factor.off')}</p>
        )}
        {state.value?.enabled === true ? (
          <Button onClick={() => setOpen('remove')}>{t('factor.remove')}</Button>
        ) : (
          <Button onClick={() => setOpen('add')}>{t('factor.add')}</Button>
        )}
      </div>
      {open === 'add' && begun === null && (
        <ActDialog
          title={t('factor.add')}
          act={t('factor.begin')}
          check={passwordGiven}
          run={() => beginSecondFactor(password)}
          onDone={setBegun}
          onClose={close}
        >
          {passwordField}
        </ActDialog>
      )}
      {begun !== null && codes === null && (
        <ActDialog
          title={t('factor.add')}
          act={t('factor.confirm')}
          check={() => missing({ code: [code, t('factor.codeMissing')] })}
          run={() => confirmSecondFactor(code)}
          onDone={(value) => setCodes(value.recoveryCodes)}
          onClose={close}
        >
          {(errors) => (
            <>
              <p>{t('factor.enter')}</p>
              <p className="strong">{begun.key}</p>
              <p>
                <a href={begun.uri}>{t('factor.open')}</a>
              </p>
              <InputField
                label={t('factor.code')}
                autoComplete="one-time-code"
                value={code}
                onChange={setCode}
                error={errors['code']}
              />
            </>
          )}
        </ActDialog>
      )}
      {codes !== null && (
        <Dialog title={t('factor.codes')} open onClose={close}>
          <p>{t('factor.codesHint')}</p>
          <ul className="key-list">
            {codes.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
          <div className="dialog-actions">
            <Button kind="primary" onClick={close}>
              {t('factor.codesKept')}
            </Button>
          </div>
        </Dialog>
      )}
      {open === 'remove' && (
        <ActDialog
          title={t('factor.remove')}
          act={t('factor.remove')}
          check={passwordGiven}
          run={() => removeSecondFactor(password)}
          onDone={close}
          onClose={close}
        >
          {(errors) => (
            <>
              <p>{t('factor.removeFollows')}</p>
              {passwordField(errors)}
            </>
          )}
        </ActDialog>
      )}
    </section>
  );
}

const nameOf = (key: Passkey) => key.name ?? t('passkey.unnamed');

function AddPasskey({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  return (
    <ActDialog
      title={t('passkey.addTitle')}
      act={t('passkey.addAct')}
      check={() => missing({ name: [name, t('passkey.nameMissing')] })}
      run={async () => {
        const answer = await addPasskey(name.trim(), password);
        if (answer.ok || answer.problem.title !== 'CANCELLED') return answer;
        return { ok: false, problem: { ...answer.problem, detail: t('passkey.cancelled') } };
      }}
      onClose={onClose}
      onDone={onDone}
    >
      {(errors) => (
        <>
          <InputField
            label={t('passkey.name')}
            hint={t('passkey.nameHint')}
            value={name}
            onChange={setName}
            maxLength={100}
            error={errors['name']}
          />
          <InputField
            label={t('password.current')}
            hint={t('passkey.passwordHint')}
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
            error={errors['password']}
          />
        </>
      )}
    </ActDialog>
  );
}
