/** The second person decides on a change: what changes, why, from when, what follows. On a phone too. */
import { useState } from 'react';
import { Link, useParams } from 'wouter';
import { ActDialog, Refused, useAct } from '../components/ActDialog';
import { Banner, Button, Failure, PageTitle, PersonChip, Status, Waiting } from '../components/basics';
import { TextField } from '../components/fields';
import { BackIcon, InfoIcon } from '../components/icons';
import { toast } from '../components/Overlay';
import { momentWords } from '../caseWords';
import { plainDay } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { holds, useSession } from '../session';
import type { Publication } from './api';
import { approve, getPublication, refuse } from './api';
import { BacktestResult } from './Backtest';
import '../styles/procedures.css';

export default function PublicationPage() {
  const { id } = useParams<{ id: string }>();
  const found = useLoad(`publication ${id}`, () => getPublication(id));
  return (
    <>
      <nav className="crumbs">
        <Link className="link" href={paths.procedures}>
          <BackIcon />
          {t('procedure.back')}
        </Link>
      </nav>
      {found.loading && <Waiting />}
      {found.problem !== null && <Failure problem={found.problem} onRetry={found.reload} />}
      {found.value !== null && <Shown publication={found.value} onDecided={found.reload} />}
    </>
  );
}

function Shown({ publication, onDecided }: { publication: Publication; onDecided: () => void }) {
  const { centre, me } = useSession();
  const when = plainDay(publication.validFrom, centre.today);
  const mine = publication.author.userName === me.userName;
  const decides = publication.state === 'waiting' && !mine && (me.engineAll || holds(me, 'head', 'admin'));
  return (
    <div className="publication">
      <div className="page-head">
        <div>
          <PageTitle title={t('publication.title', { name: publication.name })} windowTitle={t('publication.window')} />
          <p>
            {t('publication.asks', {
              who: publication.author.name,
              when: momentWords(publication.at, centre.today),
            })}
          </p>
        </div>
        <State publication={publication} />
      </div>
      {publication.refusal !== null && (
        <Banner kind="warn" icon={<InfoIcon />}>
          <p>{publication.refusal}</p>
        </Banner>
      )}
      <section className="card" aria-labelledby="changes">
        <header>
          <h2 id="changes">{t('publication.changes')}</h2>
          <span className="small quiet">{t('publication.base', { n: publication.baseVersion })}</span>
        </header>
        <ul className="change-list card-body">
          {publication.lines.map((line, index) => (
            <li key={index}>{line}</li>
          ))}
        </ul>
      </section>
      {publication.backtest !== null && (
        <section className="card" aria-labelledby="backtest">
          <header>
            <h2 id="backtest">{t('backtest.heading')}</h2>
          </header>
          <div className="card-body">
            <BacktestResult result={publication.backtest} />
          </div>
        </section>
      )}
      <Accepted texts={publication.accepted ?? []} />
      <section className="card">
        <div className="card-body stack">
          <dl className="facts">
            <dt>{t('procedure.reason')}</dt>
            <dd>{publication.reason}</dd>
            <dt>{t('procedure.legalBasis')}</dt>
            <dd>{publication.legalBasis}</dd>
            <dt>{t('procedure.validFrom')}</dt>
            <dd>{when}</dd>
            <dt>{t('procedure.hash')}</dt>
            <dd>{publication.hash.slice(0, 12)}</dd>
          </dl>
          <Link className="link" href={paths.procedure(publication.processId)}>
            {t('publication.full')}
          </Link>
        </div>
      </section>
      {mine && publication.state === 'waiting' && (
        <Banner icon={<InfoIcon />}>
          <p>{t('publication.own')}</p>
        </Banner>
      )}
      {decides && <Decide publication={publication} when={when} onDecided={onDecided} />}
    </div>
  );
}

/** What the author said yes to although it is not as delivered: the second person reads it before she decides. */
function Accepted({ texts }: { texts: string[] }) {
  if (texts.length === 0) return null;
  return (
    <section className="card" aria-labelledby="accepted">
      <header>
        <h2 id="accepted">{t('publication.accepted')}</h2>
      </header>
      <ul className="change-list card-body">
        {texts.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </section>
  );
}

function State({ publication }: { publication: Publication }) {
  const { centre } = useSession();
  const { state, decidedBy, decidedAt, version } = publication;
  const words = {
    waiting: <Status kind="wait">{t('publication.waiting')}</Status>,
    released: <Status kind="ok">{t('publication.released', { n: version ?? '' })}</Status>,
    scheduled: (
      <Status kind="ok">{t('publication.scheduled', { when: plainDay(publication.validFrom, centre.today) })}</Status>
    ),
    refused: <Status kind="warn">{t('publication.refused')}</Status>,
  };
  return (
    <div className="row">
      {words[state]}
      {decidedBy !== null && (
        <PersonChip person={decidedBy} note={decidedAt === null ? undefined : momentWords(decidedAt, centre.today)} />
      )}
    </div>
  );
}

type DecideProps = { publication: Publication; when: string; onDecided: () => void };

function Decide({ publication, when, onDecided }: DecideProps) {
  const [refusing, setRefusing] = useState(false);
  const [reason, setReason] = useState('');
  const yes = useAct(
    (intention) => approve(publication.id, intention),
    () => {
      toast(t('publication.approved'));
      onDecided();
    },
  );
  return (
    <section className="card" aria-labelledby="follows">
      <header>
        <h2 id="follows">{t('publication.follows')}</h2>
      </header>
      <div className="card-body stack">
        <p>{t('publication.followsNow', { when })}</p>
        <Refused problem={yes.problem} />
        <div className="decide-row">
          <Button onClick={() => setRefusing(true)}>{t('publication.refuse')}</Button>
          <Button kind="primary" off={yes.busy} onClick={yes.start}>
            {yes.busy ? t('act.busy') : t('publication.approve')}
          </Button>
        </div>
      </div>
      {refusing && (
        <ActDialog
          title={t('publication.refuseTitle')}
          act={t('publication.refuse')}
          run={(intention) => refuse(publication.id, reason, intention)}
          check={() => ({ reason: reason.trim() === '' ? t('publication.refuseMissing') : undefined })}
          onClose={() => setRefusing(false)}
          onDone={() => {
            setRefusing(false);
            toast(t('publication.returned'));
            onDecided();
          }}
        >
          {(errors) => (
            <TextField
              label={t('publication.refuseReason')}
              value={reason}
              onChange={setReason}
              error={errors['reason']}
            />
          )}
        </ActDialog>
      )}
    </section>
  );
}
