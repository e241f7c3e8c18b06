/** One document of a case as it was signed: the answers to read, the page to print, the files to save. */
import { useMemo } from 'react';
import { Link, useParams } from 'wouter';
import { getColleagues, getDocument, PURPOSE_REQUIRED } from '../api';
import { Answers } from '../components/Answers';
import { CaseNo, Failure, PageTitle, Waiting } from '../components/basics';
import { PurposeGate } from '../components/CaseGates';
import { BackIcon } from '../components/icons';
import { paperName, PaperActs } from '../components/Papers';
import { momentWords } from '../caseWords';
import { dayOf, plainDay } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { useSession } from '../session';
import '../styles/cases.css';

export default function Document() {
  const { centre } = useSession();
  const { caseNo, number: digits } = useParams<{ caseNo: string; number: string }>();
  const number = Number(digits);
  const paper = useLoad(`document:${caseNo}:${digits}`, () => getDocument(caseNo, number));
  const colleagues = useLoad('colleagues:', () => getColleagues());
  const names = useMemo(
    () => new Map((colleagues.value ?? []).map((person) => [person.userName, person.name])),
    [colleagues.value],
  );
  if (paper.loading) return <Waiting />;
  if (paper.problem?.title === PURPOSE_REQUIRED) return <PurposeGate caseNo={caseNo} onOpen={paper.reload} />;
  if (paper.value === null) {
    return (
      <>
        <PageTitle title={t('document.title')} />
        {paper.problem !== null && <Failure problem={paper.problem} onRetry={paper.reload} />}
      </>
    );
  }
  const { author, at, occurredOn, schema, content } = paper.value;
  return (
    <>
      <p className="crumbs">
        <Link className="link" href={paths.case(caseNo)} aria-label={t('document.backLabel', { caseNo })}>
          <BackIcon />
          {t('document.back')}
        </Link>
        <CaseNo no={caseNo} link />
      </p>
      <div className="page-head">
        <div>
          <PageTitle title={paperName(paper.value)} windowTitle={t('document.title')} />
          <p>{t('document.signed', { who: author.name, when: momentWords(at, centre.today) })}</p>
          {occurredOn !== null && occurredOn !== dayOf(at) && (
            <p>{t('document.about', { day: plainDay(occurredOn, centre.today) })}</p>
          )}
        </div>
        <PaperActs caseNo={caseNo} number={number} name={paperName(paper.value)} />
      </div>
      <section className="card document" aria-label={t('document.answers')}>
        <div className="card-body">
          <Answers schema={schema} content={content} names={names} />
        </div>
      </section>
    </>
  );
}
