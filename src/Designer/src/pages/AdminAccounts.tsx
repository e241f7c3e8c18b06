/** Accounts of the centre (konta): for administrators, who see no case. */
import { useState } from 'react';
import type { Account, OneTimeCode, PersonChannels } from '../api';
import { addAccount, endSessions, getAccounts, getAllChannels, requestCode, saveAccount, withdrawCode } from '../api';
import { ActDialog, type Errors } from '../components/ActDialog';
import { Button, Empty, Failure, PageTitle, Status, Waiting } from '../components/basics';
import { missing } from '../components/CaseDialogs';
import { CodeDialog } from '../components/Codes';
import { ChoiceField, InputField, TextField } from '../components/fields';
import { PeopleIcon, PlusIcon } from '../components/icons';
import { EmailState, TeamsState } from '../components/MyChannels';
import { toast } from '../components/Overlay';
import { momentWords } from '../caseWords';
import { useLoad } from '../hooks';
import { t, tCode } from '../i18n';
import { useSession } from '../session';
import '../styles/account.css';

/** Those an account may have; the order of the list. */
const ROLES = [
  ...['social_worker', 'assistant', 'team_lead', 'head', 'specialist', 'benefits_worker', 'clerk', 'accounting'],
  ...['mayor', 'archivist', 'dpo', 'admin'],
];

type Open =
  | { kind: 'new' }
  | { kind: 'change' | 'code' | 'withdraw' | 'sessions' | 'disable'; account: Account }
  | { kind: 'shown'; name: string; code: OneTimeCode }
  | null;

export default function AdminAccounts() {
  const accounts = useLoad('accounts', getAccounts);
  const channels = useLoad('all-channels', getAllChannels);
  const [open, setOpen] = useState<Open>(null);
  const [word, setWord] = useState('');
  const close = () => setOpen(null);
  const done = (words: string) => {
    close();
    accounts.reload();
    toast(words);
  };
  /** In the first installation the code is hers to hand over; otherwise somebody else's. */
  const coded = (name: string, code: OneTimeCode | null, words: string) => {
    done(words);
    if (code !== null) setOpen({ kind: 'shown', name, code });
  };
  const items = (accounts.value?.items ?? []).filter(({ userName, displayName }) =>
    `${userName} ${displayName}`.toLocaleLowerCase().includes(word.trim().toLocaleLowerCase()),
  );
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle title={t('accounts.title')} />
          <p role="status">{accounts.value === null ? '' : t('accounts.count', { n: items.length })}</p>
        </div>
        <Button kind="primary" onClick={() => setOpen({ kind: 'new' })}>
          <PlusIcon />
          {t('accounts.add')}
        </Button>
      </div>
      <div className="account-find">
        <InputField label={t('accounts.find')} value={word} onChange={setWord} autoComplete="off" spellCheck={false} />
      </div>
      {accounts.loading && <Waiting />}
      {accounts.problem !== null && <Failure problem={accounts.problem} onRetry={accounts.reload} />}
      {accounts.value !== null && (
        <section className="card" aria-label={t('accounts.title')}>
          {items.length === 0 ? (
            <Empty icon={<PeopleIcon />} title={t('accounts.none')} />
          ) : (
            <AccountTable items={items} channels={channels.value?.items ?? []} onOpen={setOpen} />
          )}
        </section>
      )}
      {open !== null && <Dialogs open={open} onClose={close} onDone={done} onCode={coded} />}
    </>
  );
}

type TableProps = { items: Account[]; channels: PersonChannels[]; onOpen: (open: Open) => void };

function AccountTable({ items, channels, onOpen }: TableProps) {
  const columns = (['person', 'roles', 'state', 'acts'] as const).map((one) => t(`accounts.${one}`));
  return (
    <table className="table" role="table" aria-label={t('accounts.title')}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column} scope="col" role="columnheader">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((account) => (
          <AccountRow
            key={account.userName}
            account={account}
            channels={channels.find((one) => one.userName === account.userName)}
            onOpen={onOpen}
          />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = { account: Account; channels: PersonChannels | undefined; onOpen: (open: Open) => void };

function AccountRow({ account, channels, onOpen }: RowProps) {
  const { me } = useSession();
  const { userName, displayName, email, roles, disabled } = account;
  const acts = ['change', 'code', 'sessions'] as const;
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {displayName}
        <span className="account-name">{[userName, email].filter(Boolean).join(', ')}</span>
      </th>
      <td role="cell" data-l={t('accounts.roles')}>
        {roles.map((role) => tCode('role', role)).join(', ') || '–'}
      </td>
      <td role="cell" data-l={t('accounts.state')}>
        <span>
          <AccountState account={account} />
          {/* Only what needs somebody: a channel that works is not worth a word. */}
          {channels?.emailProblem != null && <EmailState channels={channels} />}
          {channels?.teamsEnabled && channels.teams !== 'installed' && <TeamsState channels={channels} />}
        </span>
      </td>
      <td role="cell">
        <span className="account-acts">
          {acts.map((kind) => (
            <Button
              key={kind}
              kind="quiet"
              aria-label={`${t(`accounts.${kind}`)}: ${displayName}`}
              onClick={() => onOpen({ kind, account })}
            >
              {t(`accounts.${kind}`)}
            </Button>
          ))}
          {account.code != null && (
            <Button
              kind="quiet"
              aria-label={`${t('accounts.withdraw')}: ${displayName}`}
              onClick={() => onOpen({ kind: 'withdraw', account })}
            >
              {t('accounts.withdraw')}
            </Button>
          )}
          {userName !== me.userName && (
            <Button
              kind="quiet"
              aria-label={`${t(disabled ? 'accounts.enable' : 'accounts.disable')}: ${displayName}`}
              onClick={() => onOpen({ kind: 'disable', account })}
            >
              {t(disabled ? 'accounts.enable' : 'accounts.disable')}
            </Button>
          )}
        </span>
      </td>
    </tr>
  );
}

function AccountState({ account: { disabled, lockedUntil, code } }: { account: Account }) {
  const { centre } = useSession();
  if (!disabled && code != null) return <Status kind="wait">{t(`accounts.code.${code}`)}</Status>;
  if (disabled) return <Status kind="wait">{t('accounts.disabled')}</Status>;
  if (lockedUntil != null && lockedUntil > centre.now) {
    return <Status kind="warn">{t('accounts.locked', { when: momentWords(lockedUntil, centre.today) })}</Status>;
  }
  return <Status kind="done">{t('accounts.active')}</Status>;
}

type DialogProps = {
  open: NonNullable<Open>;
  onClose: () => void;
  onDone: (words: string) => void;
  onCode: (name: string, code: OneTimeCode | null, words: string) => void;
};

function Dialogs({ open, onClose, onDone, onCode }: DialogProps) {
  switch (open.kind) {
    case 'new':
      return (
        <AccountDialog
          account={null}
          onClose={onClose}
          onDone={(name, code) => onCode(name, code, t('accounts.added'))}
        />
      );
    case 'change':
      return <AccountDialog account={open.account} onClose={onClose} onDone={() => onDone(t('accounts.changed'))} />;
    case 'code':
      return (
        <CodeRequestDialog
          account={open.account}
          onClose={onClose}
          onDone={(name, code) => onCode(name, code, t('accounts.codeAsked'))}
        />
      );
    case 'withdraw':
      return (
        <ActDialog
          title={t('accounts.withdrawTitle')}
          act={t('accounts.withdraw')}
          run={() => withdrawCode(open.account.userName)}
          onClose={onClose}
          onDone={() => onDone(t('accounts.withdrawn'))}
        >
          <p className="strong">{open.account.displayName}</p>
          <p>{t('accounts.withdrawFollows')}</p>
        </ActDialog>
      );
    case 'shown':
      return <CodeDialog name={open.name} code={open.code} onClose={onClose} />;
    case 'sessions':
      return (
        <ActDialog
          title={t('accounts.sessionsTitle')}
          act={t('accounts.sessionsAct')}
          run={() => endSessions(open.account.userName)}
          onClose={onClose}
          onDone={() => onDone(t('accounts.sessionsDone'))}
        >
          <p className="strong">{open.account.displayName}</p>
          <p>{t('accounts.sessionsFollows')}</p>
        </ActDialog>
      );
    case 'disable':
      return <DisableDialog account={open.account} onClose={onClose} onDone={onDone} />;
  }
}

function DisableDialog({ account, onClose, onDone }: Omit<DialogProps, 'open' | 'onCode'> & { account: Account }) {
  const { disabled } = account;
  return (
    <ActDialog
      title={t(disabled ? 'accounts.enableTitle' : 'accounts.disableTitle')}
      act={t(disabled ? 'accounts.enableAct' : 'accounts.disableAct')}
      run={() => saveAccount(plain({ ...account, disabled: !disabled }))}
      onClose={onClose}
      onDone={() => onDone(t(disabled ? 'accounts.enabled' : 'accounts.disabledDone'))}
    >
      <p className="strong">{account.displayName}</p>
      <p>{t(disabled ? 'accounts.enableFollows' : 'accounts.disableFollows')}</p>
    </ActDialog>
  );
}

/** Only what may be changed goes back. */
const plain = ({ userName, displayName, email, roles, disabled }: Account): Account => ({
  userName,
  displayName,
  email,
  roles,
  disabled,
});

type AccountProps = {
  account: Account | null;
  onClose: () => void;
  onDone: (name: string, code: OneTimeCode | null) => void;
};

function AccountDialog({ account, onClose, onDone }: AccountProps) {
  const [userName, setUserName] = useState(account?.userName ?? '');
  const [displayName, setDisplayName] = useState(account?.displayName ?? '');
  const [email, setEmail] = useState(account?.email ?? '');
  const [roles, setRoles] = useState(account?.roles ?? []);
  const check = (): Errors => ({
    ...missing({
      userName: [userName, t('accounts.userNameMissing')],
      displayName: [displayName, t('accounts.displayNameMissing')],
    }),
    ...(roles.includes('assistant') && (roles.includes('social_worker') || roles.includes('benefits_worker'))
      ? { roles: t('accounts.rolesExclude') }
      : {}),
  });
  const run = (intention: string) => {
    const data = {
      userName: userName.trim(),
      displayName: displayName.trim(),
      email: email.trim() === '' ? null : email.trim(),
      roles,
    };
    return account === null ? addAccount(data, intention) : saveAccount({ ...data, disabled: account.disabled });
  };
  return (
    <ActDialog<unknown>
      title={t(account === null ? 'accounts.newTitle' : 'accounts.changeTitle')}
      act={t(account === null ? 'accounts.newAct' : 'accounts.changeAct')}
      check={check}
      run={run}
      onClose={onClose}
      onDone={(made) => onDone(displayName.trim(), codeOf(made))}
    >
      {(errors) => (
        <>
          <InputField
            label={t('signIn.userName')}
            hint={t('accounts.userNameHint')}
            autoComplete="off"
            spellCheck={false}
            readOnly={account !== null}
            value={userName}
            onChange={setUserName}
            error={errors['userName']}
          />
          <InputField
            label={t('accounts.displayName')}
            hint={t('accounts.displayNameHint')}
            autoComplete="off"
            value={displayName}
            onChange={setDisplayName}
            error={errors['displayName']}
          />
          <InputField
            label={t('accounts.email')}
            optional
            type="email"
            autoComplete="off"
            value={email}
            onChange={setEmail}
            error={errors['email']}
          />
          <ChoiceField
            many
            label={t('accounts.roles')}
            hint={t('accounts.rolesHint')}
            row
            options={ROLES.map((role) => ({ value: role, label: tCode('role', role) }))}
            value={roles}
            onChange={setRoles}
            error={errors['roles']}
          />
          {account === null && <p className="small quiet">{t('accounts.newFollows')}</p>}
        </>
      )}
    </ActDialog>
  );
}

/** Only a new account answers with a code, and only in the first installation. */
const codeOf = (made: unknown): OneTimeCode | null =>
  typeof made === 'object' && made !== null && 'code' in made ? (made.code as OneTimeCode | null) : null;

function CodeRequestDialog({ account, onClose, onDone }: AccountProps & { account: Account }) {
  const [reason, setReason] = useState('');
  return (
    <ActDialog
      title={t('accounts.codeTitle')}
      act={t('accounts.codeAct')}
      check={() => missing({ reason: [reason, t('reason.missing')] })}
      run={() => requestCode(account.userName, reason.trim())}
      onClose={onClose}
      onDone={({ code }) => onDone(account.displayName, code)}
    >
      {(errors) => (
        <>
          <p className="strong">{account.displayName}</p>
          <p>{t('accounts.codeFollows')}</p>
          <TextField label={t('reason.label')} value={reason} onChange={setReason} error={errors['reason']} />
        </>
      )}
    </ActDialog>
  );
}
