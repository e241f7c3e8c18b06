/** Erasing a closed case after its retention (usunięcie danych): the head asks, a second person confirms. */
import { useState } from 'react';
import type { CasePage } from '../api';
import { askForErasure, confirmErasure, withdrawErasure } from '../api';
import { momentWords } from '../caseWords';
import { plainDay } from '../format';
import { t } from '../i18n';
import { paths } from '../paths';
import { useSession } from '../session';
import { ActDialog } from './ActDialog';
import { Button, CaseNo, PageTitle } from './basics';
import { missing } from './CaseDialogs';
import { InputField, TextField } from './fields';
import { toast } from './Overlay';

type Props = { caseNo: string; page: CasePage; onChanged: () => void };

export function ErasureCard({ caseNo, page: { erasure }, onChanged }: Props) {
  const { centre } = useSession();
  const [open, setOpen] = useState<'ask' | 'confirm' | 'withdraw' | null>(null);
  if (erasure === null) return null;
  const { from, asked, mayAsk, mayConfirm } = erasure;
  const close = () => setOpen(null);
  const done = (words: string) => {
    close();
    onChanged();
    toast(words);
  };
  return (
    <section className="card" aria-labelledby="erasure">
      <header>
        <h2 id="erasure">{t('erasure.title')}</h2>
      </header>
      <div className="card-body stack">
        {asked === null && <p>{t(mayAsk ? 'erasure.may' : 'erasure.from', { day: plainDay(from, centre.today) })}</p>}
        {asked !== null && (
          <dl className="facts">
            <dt>{t('erasure.protocol')}</dt>
            <dd>{asked.protocolNo}</dd>
            <dt>{t('erasure.askedBy')}</dt>
            <dd>{`${asked.by.name}, ${momentWords(asked.at, centre.today)}`}</dd>
            <dt>{t('reason.label')}</dt>
            <dd>{asked.reason}</dd>
          </dl>
        )}
        {asked !== null && !mayConfirm && <p className="small quiet">{t('erasure.second')}</p>}
        <div className="row">
          {mayAsk && <Button onClick={() => setOpen('ask')}>{t('erasure.ask')}</Button>}
          {mayConfirm && (
            <Button kind="danger" onClick={() => setOpen('confirm')}>
              {t('erasure.confirm')}
            </Button>
          )}
          {asked !== null && (
            <Button kind="quiet" onClick={() => setOpen('withdraw')}>
              {t(mayConfirm ? 'erasure.refuse' : 'erasure.withdraw')}
            </Button>
          )}
        </div>
      </div>
      {open === 'ask' && <AskDialog caseNo={caseNo} onClose={close} onDone={() => done(t('erasure.asked'))} />}
      {open === 'confirm' && (
        <ActDialog
          title={t('erasure.confirmTitle', { caseNo })}
          act={t('erasure.confirmAct')}
          kind="danger"
          run={() => confirmErasure(caseNo)}
          onClose={close}
          onDone={() => done(t('erasure.done'))}
        >
          <Follows />
        </ActDialog>
      )}
      {open === 'withdraw' && (
        <ActDialog
          title={t('erasure.withdrawTitle')}
          act={t('erasure.withdrawAct')}
          run={() => withdrawErasure(caseNo)}
          onClose={close}
          onDone={() => done(t('erasure.withdrawn'))}
        >
          <p>{t('erasure.withdrawFollows')}</p>
        </ActDialog>
      )}
    </section>
  );
}

function Follows() {
  return (
    <ul className="consequences">
      <li>{t('erasure.followsAll')}</li>
      <li>{t('erasure.followsNever')}</li>
      <li>{t('erasure.followsNumber')}</li>
    </ul>
  );
}

function AskDialog({ caseNo, onClose, onDone }: { caseNo: string; onClose: () => void; onDone: () => void }) {
  const [protocolNo, setProtocolNo] = useState('');
  const [reason, setReason] = useState('');
  return (
    <ActDialog
      title={t('erasure.askTitle', { caseNo })}
      act={t('erasure.ask')}
      check={() =>
        missing({ protocolNo: [protocolNo, t('erasure.protocolMissing')], reason: [reason, t('reason.missing')] })
      }
      run={() => askForErasure(caseNo, protocolNo.trim(), reason.trim())}
      onClose={onClose}
      onDone={onDone}
    >
      {(errors) => (
        <>
          <Follows />
          <InputField
            label={t('erasure.protocol')}
            hint={t('erasure.protocolHint')}
            short
            autoComplete="off"
            maxLength={100}
            value={protocolNo}
            onChange={setProtocolNo}
            error={errors['protocolNo']}
          />
          <TextField label={t('reason.label')} value={reason} onChange={setReason} error={errors['reason']} />
        </>
      )}
    </ActDialog>
  );
}

/** 410: the case was erased, its number is all there is. */
export function ErasedCase({ caseNo, words }: { caseNo: string; words: string }) {
  return (
    <section className="gate card">
      <div className="card-body">
        <p className="row">
          <CaseNo no={caseNo} />
        </p>
        <PageTitle title={t('erasure.goneTitle')} windowTitle={t('casePage.windowTitle')} />
        <p>{words}</p>
        <p>
          <a className="link" href={paths.cases}>
            {t('purpose.back')}
          </a>
        </p>
      </div>
    </section>
  );
}
