/** The head of a case: its label, its family, and the acts that are always at hand. */
import { useState } from 'react';
import type { CasePage } from '../api';
import { familyWords, headingOf } from '../caseWords';
import { dayOf, plainDay } from '../format';
import { t, tCode } from '../i18n';
import { useSession } from '../session';
import { Button, CaseNo, PageTitle, Restricted, Status } from './basics';
import { ConfidentialityDialog, EntryDialog } from './CaseDialogs';
import { LockIcon, PlusIcon } from './icons';
import { ProtectChild } from './ProtectChild';

type Open = 'entry' | 'restrict' | null;

export function CaseHead({ caseNo, page, onChanged }: { caseNo: string; page: CasePage; onChanged: () => void }) {
  const { centre } = useSession();
  const [open, setOpen] = useState<Open>(null);
  const { brief, may } = page;
  const close = () => setOpen(null);
  const changed = () => {
    close();
    onChanged();
  };
  return (
    <div className="case-head">
      <div>
        <p className="row small">
          <CaseNo no={brief.caseNo} />
          <span className="quiet">
            {t('casePage.opened', { day: plainDay(dayOf(brief.openedAt), centre.today) })}
            {brief.source === null ? '' : `, ${tCode('source', brief.source)}`}
          </span>
          {brief.status !== 'open' && <Status kind="done">{tCode('caseStatus', brief.status)}</Status>}
          {brief.restricted && <Restricted />}
        </p>
        <PageTitle title={headingOf(brief.label)} windowTitle={t('casePage.windowTitle')} />
        <p className="quiet small">{familyWords(brief, centre.today)}</p>
      </div>
      <div className="case-acts">
        {may.intervene && <ProtectChild caseNo={caseNo} />}
        {may.addEntry && (
          <Button onClick={() => setOpen('entry')}>
            <PlusIcon />
            {t('entry.button')}
          </Button>
        )}
        {may.restrict && (
          <Button kind="quiet" className="more" onClick={() => setOpen('restrict')}>
            <LockIcon />
            {t(brief.restricted ? 'restrict.open' : 'restrict.button')}
          </Button>
        )}
      </div>
      {open === 'entry' && <EntryDialog caseNo={caseNo} onClose={close} onDone={changed} />}
      {open === 'restrict' && (
        <ConfidentialityDialog caseNo={caseNo} restricted={brief.restricted} onClose={close} onDone={changed} />
      )}
    </div>
  );
}
