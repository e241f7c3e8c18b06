/** "Chroń dziecko": on every task and case page, two presses from anywhere in a case. */
import { useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { newIntention, startIntervention, type Problem } from '../api';
import { t } from '../i18n';
import { paths } from '../paths';
import { Button, Failure } from './basics';
import { AlertIcon } from './icons';
import { Dialog, toast } from './Overlay';

export function ProtectChild({ caseNo }: { caseNo: string }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [, navigate] = useLocation();
  const intention = useRef('');

  const start = async () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const answer = await startIntervention(caseNo, intention.current);
    setBusy(false);
    if (!answer.ok) {
      setProblem(answer.problem);
      return;
    }
    setOpen(false);
    navigate(answer.value.taskKey === null ? paths.case(caseNo) : paths.task(answer.value.taskKey));
    toast(t('protect.started'));
  };

  return (
    <>
      <Button
        kind="danger"
        className="small"
        onClick={() => {
          // Pressing the second button twice, or again after a lost connection, starts one intervention.
          intention.current = newIntention();
          setProblem(null);
          setOpen(true);
        }}
      >
        <AlertIcon />
        {t('protect.button')}
      </Button>
      <Dialog title={t('protect.title')} open={open} onClose={() => setOpen(false)} role="alertdialog">
        <p>{t('protect.what')}</p>
        <p className="strong">{t('protect.call')}</p>
        {problem !== null && <Failure problem={problem} />}
        <div className="dialog-actions">
          <Button autoFocus onClick={() => setOpen(false)}>
            {t('protect.back')}
          </Button>
          <Button kind="danger" off={busy} onClick={() => void start()}>
            {t('protect.start')}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
