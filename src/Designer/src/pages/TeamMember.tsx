/** One colleague: the cases of her families, for head and coordinator. The server decides which of them are shown. */
import { useState } from 'react';
import { Link, useParams } from 'wouter';
import { getCases, getTeam } from '../api';
import { Button, Empty, Failure, PageTitle, Waiting } from '../components/basics';
import { BackIcon, FolderIcon } from '../components/icons';
import { rolesBesides } from '../caseWords';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { CaseTable } from './Cases';
import '../styles/cases.css';

export default function TeamMember() {
  const { userName } = useParams<{ userName: string }>();
  const team = useLoad('team', getTeam);
  const [page, setPage] = useState(1);
  const cases = useLoad(`member:${userName}:${page}`, () => getCases({ person: userName, status: 'open', page }));
  const member = team.value?.people.find((one) => one.userName === userName);
  const total = cases.value?.total ?? 0;
  const last = cases.value === null ? 1 : Math.ceil(total / cases.value.pageSize);
  return (
    <>
      <div className="crumbs">
        <Link className="button quiet" href={paths.team}>
          <BackIcon />
          <span>{t('nav.team')}</span>
        </Link>
      </div>
      <div className="page-head">
        <div>
          <PageTitle title={member?.name ?? userName} windowTitle={t('member.windowTitle')} />
          <p role="status">
            {[
              member === undefined ? '' : rolesBesides(member),
              cases.value === null ? '' : t('member.count', { n: total }),
            ]
              .filter(Boolean)
              .join(', ')}
          </p>
        </div>
      </div>
      {cases.loading && <Waiting />}
      {cases.problem !== null && <Failure problem={cases.problem} onRetry={cases.reload} />}
      {cases.value !== null &&
        (cases.value.items.length === 0 ? (
          <section className="card">
            <Empty icon={<FolderIcon />} title={t('member.none')}>
              <p className="small">{t('member.noneHint')}</p>
            </Empty>
          </section>
        ) : (
          <CaseTable items={cases.value.items} />
        ))}
      {cases.value !== null && <p className="small quiet card-body">{t('member.rights')}</p>}
      {last > 1 && (
        <p className="row">
          <Button off={page <= 1} onClick={() => setPage(page - 1)}>
            {t('pages.before')}
          </Button>
          <Button off={page >= last} onClick={() => setPage(page + 1)}>
            {t('pages.after')}
          </Button>
        </p>
      )}
    </>
  );
}
