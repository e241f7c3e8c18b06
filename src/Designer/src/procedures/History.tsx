/** Earlier states of the draft; each can be brought back, which is a new state again. */
import { useState } from 'react';
import type { Problem } from '../api';
import { Refused } from '../components/ActDialog';
import { Button, Failure, Waiting } from '../components/basics';
import { toast } from '../components/Overlay';
import { momentWords } from '../caseWords';
import { timeOf } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { useSession } from '../session';
import { getHistory, getRevision } from './api';
import type { Workspace } from './workspace';

export function History({ workspace, revision }: { workspace: Workspace; revision: number }) {
  const { centre } = useSession();
  const found = useLoad(`history ${workspace.id} ${revision}`, () => getHistory(workspace.id));
  const [problem, setProblem] = useState<Problem | null>(null);
  const bring = async (wanted: number, at: string) => {
    await workspace.save();
    const answer = await getRevision(workspace.id, wanted);
    if (!answer.ok) {
      setProblem(answer.problem);
      return;
    }
    workspace.exchange(answer.value.files, t('history.note', { time: timeOf(at) }));
    toast(t('history.done', { time: timeOf(at) }));
  };
  return (
    <section className="card" aria-labelledby="history">
      <header>
        <h2 id="history" tabIndex={-1}>
          {t('history.title')}
        </h2>
      </header>
      <Refused problem={problem} />
      {found.loading && <Waiting />}
      {found.problem !== null && <Failure problem={found.problem} onRetry={found.reload} />}
      {found.value?.items.length === 0 && <p className="card-body">{t('history.none')}</p>}
      <ol className="now-list">
        {found.value?.items.map((one) => (
          <li key={one.revision}>
            <span>
              <b>{momentWords(one.at, centre.today)}</b> {one.by.name}
              {one.note !== null && <span className="quiet"> {one.note}</span>}
            </span>
            {one.revision === revision ? (
              <span className="small quiet">{t('history.now')}</span>
            ) : (
              <Button onClick={() => void bring(one.revision, one.at)}>{t('history.bring')}</Button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
