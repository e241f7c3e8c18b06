/** "Chroń dziecko": from any case or task in two presses to the first step of a P08 intervention. */
import { useState } from 'react';
import { useLocation } from 'wouter';
import { startIntervention } from '../api';
import { t } from '../i18n';
import { paths } from '../paths';
import { ActDialog } from './ActDialog';
import { Button } from './basics';
import { AlertIcon } from './icons';
import { toast } from './Overlay';

export function ProtectChild({ caseNo, onStarted }: { caseNo: string; onStarted?: () => void }) {
  const [open, setOpen] = useState(false);
  const [, navigate] = useLocation();
  return (
    <>
      <Button kind="danger" onClick={() => setOpen(true)}>
        <AlertIcon />
        {t('protect.button')}
      </Button>
      {open && (
        <ActDialog
          title={t('protect.title')}
          act={t('protect.act')}
          keep={t('protect.keep')}
          kind="danger"
          run={(intention) => startIntervention(caseNo, intention)}
          onClose={() => setOpen(false)}
          onDone={({ taskKey }) => {
            setOpen(false);
            onStarted?.();
            if (taskKey !== null) navigate(paths.task(taskKey));
            toast(t(taskKey === null ? 'protect.doneElsewhere' : 'protect.done'));
          }}
        >
          <p>{t('protect.call')}</p>
          <p className="strong">{t('protect.follows')}</p>
          <ul className="consequences">
            <li>{t('protect.follows1')}</li>
            <li>{t('protect.follows2')}</li>
            <li>{t('protect.follows3')}</li>
          </ul>
        </ActDialog>
      )}
    </>
  );
}
