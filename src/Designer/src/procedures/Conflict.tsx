/** A colleague saved the same draft meanwhile: both sets of changes in words, and the person decides. */
import { Banner, Button, Failure, Waiting } from '../components/basics';
import { AlertIcon } from '../components/icons';
import { timeOf } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import type { Files, ProcedureDraft } from './api';
import { compare } from './api';
import type { Workspace } from './workspace';

export function Conflict({ workspace, theirs }: { workspace: Workspace; theirs: ProcedureDraft }) {
  const who = theirs.savedBy?.name ?? '';
  const time = theirs.savedAt === null ? '' : timeOf(theirs.savedAt);
  return (
    <Banner kind="warn" icon={<AlertIcon />} role="alert">
      <p className="strong">{t('draftConflict.title', { who, time })}</p>
      <p>{t('draftConflict.text')}</p>
      <div className="two-lists">
        <Changes id={workspace.id} title={t('draftConflict.mine')} files={workspace.read().files} />
        <Changes id={workspace.id} title={t('draftConflict.theirs', { who })} files={theirs.files} />
      </div>
      <div className="row">
        <Button onClick={() => workspace.decide(false)}>{t('draftConflict.takeTheirs', { who })}</Button>
        <Button onClick={() => workspace.decide(true)}>{t('draftConflict.keepMine')}</Button>
      </div>
    </Banner>
  );
}

function Changes({ id, title, files }: { id: string; title: string; files: Files }) {
  const found = useLoad(`conflict ${title}`, () => compare(id, { files }));
  return (
    <div>
      <h3 className="small">{title}</h3>
      {found.loading && <Waiting />}
      {found.problem !== null && <Failure problem={found.problem} onRetry={found.reload} />}
      <ul className="change-list">
        {found.value?.lines.map((line, index) => (
          <li key={index} className={line.change}>
            {line.text}
          </li>
        ))}
      </ul>
    </div>
  );
}
