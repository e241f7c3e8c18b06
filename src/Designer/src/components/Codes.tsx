/** Codes to hand over (kody do przekazania): what an administrator asked for and a second person lets happen. */
import { useState } from 'react';
import type { AccountRequest, OneTimeCode, Person } from '../api';
import { confirmLogin, getAccountRequests, showCode } from '../api';
import { momentWords } from '../caseWords';
import { useLoad } from '../hooks';
import { t, tCode } from '../i18n';
import { useSession } from '../session';
import { ActDialog, Refused } from './ActDialog';
import { Button } from './basics';
import { KeyIcon } from './icons';
import { Dialog, toast } from './Overlay';

type Shown = { name: string; code: OneTimeCode };

/** Nothing at all while nothing waits: it is rare. */
export function Codes() {
  const waiting = useLoad('account-requests', getAccountRequests);
  const [asked, setAsked] = useState<AccountRequest | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const items = waiting.value?.items ?? [];
  const done = () => {
    setAsked(null);
    waiting.reload();
  };
  return (
    <>
      <Refused problem={waiting.problem} />
      {items.length > 0 && (
        <section className="card" aria-labelledby="codes">
          <header>
            <h2 id="codes">{t('codes.title')}</h2>
          </header>
          {items.map((one) => (
            <Request key={one.id} request={one} onAsk={() => setAsked(one)} />
          ))}
        </section>
      )}
      {asked?.kind === 'code' && (
        <ActDialog<OneTimeCode>
          title={t('codes.showTitle', { who: asked.person.name })}
          act={t('codes.show')}
          run={() => showCode(asked.id)}
          onClose={() => setAsked(null)}
          onDone={(code) => {
            setShown({ name: asked.person.name, code });
            done();
          }}
        >
          <p>{accountOf(asked.person)}</p>
          <ul className="consequences">
            <li>{t('codes.followsOnce')}</li>
            <li>{t('codes.followsFace')}</li>
            {asked.shown !== null && <li>{t('codes.followsAgain')}</li>}
            <li>{t('codes.followsRecord')}</li>
          </ul>
        </ActDialog>
      )}
      {asked?.kind === 'entra' && (
        <ActDialog
          title={t('codes.entraTitle', { who: asked.person.name })}
          act={t('codes.confirm')}
          run={() => confirmLogin(asked.id)}
          onClose={() => setAsked(null)}
          onDone={() => {
            done();
            toast(t('codes.confirmed'));
          }}
        >
          <p>{accountOf(asked.person)}</p>
          <p>{t('codes.entraFollows', { id: asked.objectId ?? '' })}</p>
        </ActDialog>
      )}
      {shown !== null && <CodeDialog {...shown} onClose={() => setShown(null)} />}
    </>
  );
}

/** Whose account it is: a display name alone can be changed by who asks. */
const accountOf = ({ userName, roles = [] }: Person) =>
  [userName, ...roles.map((role) => tCode('role', role))].join(', ');

function Request({ request, onAsk }: { request: AccountRequest; onAsk: () => void }) {
  const { centre } = useSession();
  const { person, askedBy, askedAt, reason, shown, whyNot, kind } = request;
  const when = (at: string) => momentWords(at, centre.today);
  return (
    <div className="card-body stack request">
      <p className="strong">{person.name}</p>
      <dl className="facts">
        <dt>{t('codes.account')}</dt>
        <dd>{accountOf(person)}</dd>
        <dt>{t('codes.askedBy')}</dt>
        <dd>{`${askedBy.name}, ${when(askedAt)}`}</dd>
        <dt>{t('codes.why')}</dt>
        <dd>{reason}</dd>
        {shown !== null && (
          <>
            <dt>{t('codes.shownTo')}</dt>
            <dd>{`${shown.to.name}, ${t('codes.until', { when: when(shown.until) })}`}</dd>
          </>
        )}
      </dl>
      {whyNot === null ? (
        <div className="row">
          <Button
            aria-label={t(kind === 'code' ? 'codes.showFor' : 'codes.confirmFor', { who: person.name })}
            onClick={onAsk}
          >
            <KeyIcon />
            {t(kind === 'entra' ? 'codes.confirm' : shown === null ? 'codes.show' : 'codes.showAgain')}
          </Button>
        </div>
      ) : (
        <p className="small quiet">{whyNot}</p>
      )}
    </div>
  );
}

/** Seen once; who closes it makes another one. */
export function CodeDialog({ name, code, onClose }: Shown & { onClose: () => void }) {
  const { centre } = useSession();
  return (
    <Dialog title={t('codes.handOver', { who: name })} open onClose={onClose}>
      <p className="one-time-code">{code.code}</p>
      <p>{t('codes.handOverText', { when: momentWords(code.until, centre.today) })}</p>
      <div className="dialog-actions">
        <Button kind="primary" onClick={onClose}>
          {t('codes.close')}
        </Button>
      </div>
    </Dialog>
  );
}
