/** What stands before a case: the purpose of looking into a restricted one, the way in when a child is in danger. */
import { useState } from 'react';
import { breakGlass, tellPurpose, type Problem } from '../api';
import { timeOf } from '../format';
import { t } from '../i18n';
import { paths } from '../paths';
import { isStaff, useSession } from '../session';
import { ActDialog } from './ActDialog';
import { Banner, Button, CaseNo, PageTitle, wordsOf } from './basics';
import { missing } from './CaseDialogs';
import { TextField } from './fields';
import { AlertIcon, LockIcon } from './icons';

type Props = { caseNo: string; onOpen: () => void };

/** The words go with every look into this case and stand in its log of readers. */
export function PurposeGate({ caseNo, onOpen }: Props) {
  const [words, setWords] = useState('');
  const [error, setError] = useState<string>();
  return (
    <section className="gate card">
      <div className="card-body">
        <p className="row">
          <CaseNo no={caseNo} />
        </p>
        <PageTitle title={t('purpose.title')} windowTitle={t('casePage.windowTitle')} />
        <p>{t('purpose.text')}</p>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (words.trim() === '') {
              setError(t('purpose.missing'));
              return;
            }
            tellPurpose(caseNo, words.trim());
            onOpen();
          }}
        >
          <TextField
            label={t('purpose.label')}
            hint={t('purpose.hint')}
            value={words}
            onChange={setWords}
            error={error}
          />
          <div className="row">
            <Button kind="primary" type="submit">
              <LockIcon />
              {t('purpose.open')}
            </Button>
            <a className="link" href={paths.cases}>
              {t('purpose.back')}
            </a>
          </div>
        </form>
      </div>
    </section>
  );
}

/** Unknown and forbidden are one answer. Staff may open the case at once, and everybody will know. */
export function UnknownCase({ caseNo, problem, onOpen }: Props & { problem: Problem }) {
  const { me } = useSession();
  const [open, setOpen] = useState(false);
  return (
    <section className="gate card">
      <div className="card-body">
        <PageTitle title={t('unknownCase.title')} windowTitle={t('casePage.windowTitle')} />
        <p>{wordsOf(problem)}</p>
        <p>
          <a className="link" href={paths.cases}>
            {t('purpose.back')}
          </a>
        </p>
        {isStaff(me) && (
          <>
            <p className="quiet small">{t('glass.when')}</p>
            <Button kind="danger" onClick={() => setOpen(true)}>
              <AlertIcon />
              {t('glass.button')}
            </Button>
          </>
        )}
      </div>
      {open && (
        <GlassDialog
          caseNo={caseNo}
          onClose={() => setOpen(false)}
          onOpened={() => {
            setOpen(false);
            onOpen();
          }}
        />
      )}
    </section>
  );
}

type GlassProps = { caseNo: string; onClose: () => void; onOpened: () => void };

function GlassDialog({ caseNo, onClose, onOpened }: GlassProps) {
  const [reason, setReason] = useState('');
  return (
    <ActDialog
      title={t('glass.title', { caseNo })}
      act={t('glass.act')}
      keep={t('glass.keep')}
      kind="danger"
      check={() => missing({ reason: [reason, t('reason.missing')] })}
      run={(intention) => breakGlass(caseNo, reason.trim(), intention)}
      onClose={onClose}
      onDone={onOpened}
    >
      {(errors) => (
        <>
          <p>{t('glass.follows')}</p>
          <TextField
            label={t('glass.reason')}
            hint={t('glass.reasonHint')}
            value={reason}
            onChange={setReason}
            error={errors['reason']}
          />
        </>
      )}
    </ActDialog>
  );
}

/** Stands over the case until the way in closes. */
export function GlassBanner({ until }: { until: string | null }) {
  return (
    <Banner kind="bad" icon={<AlertIcon />} role="status">
      <p>
        <b>{until === null ? t('glass.banner') : t('glass.bannerUntil', { time: timeOf(until) })}</b>{' '}
        {t('glass.bannerText')}
      </p>
    </Banner>
  );
}
