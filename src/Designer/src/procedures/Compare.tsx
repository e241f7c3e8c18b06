/** What the draft changes, in words; the same is marked on the drawing. */
import { useEffect } from 'react';
import { Button, Waiting } from '../components/basics';
import { t } from '../i18n';
import type { Comparison } from './api';
import type { Asked } from './checking';

type Props = { comparison: Asked<Comparison>; onSeen: (hash: string) => void; onGo: (elementId: string) => void };

export function Compare({ comparison, onSeen, onGo }: Props) {
  const { value, busy } = comparison;
  const hash = value?.hash;
  useEffect(() => {
    if (hash !== undefined && !busy) onSeen(hash);
  }, [hash, busy, onSeen]);
  return (
    <section className="card compare" aria-labelledby="compare">
      <header>
        <h2 id="compare" tabIndex={-1}>
          {t('compare.title')}
        </h2>
        {value !== null && <span className="small quiet">{t('compare.count', { n: value.lines.length })}</span>}
      </header>
      <div className="card-body">
        {value === null ? (
          <Waiting />
        ) : value.lines.length === 0 ? (
          <p>{t('compare.none')}</p>
        ) : (
          <Lines {...{ value, onGo }} />
        )}
      </div>
    </section>
  );
}

function Lines({ value, onGo }: { value: Comparison; onGo: (elementId: string) => void }) {
  return (
    <ul className="change-list">
      {value.lines.map((line, index) => (
        <li key={index} className={line.change}>
          <span className="vh">{t(`change.${line.change}`)}: </span>
          {line.text}
          {line.elementId !== null && line.change !== 'removed' && (
            <Button kind="quiet" onClick={() => onGo(line.elementId ?? '')}>
              {t('problems.show')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
