/** A newer delivery of the product beside the office's own version: what differs, and the way into a draft. */
import { lazy, Suspense, useMemo } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { Banner, Button, Failure, PageTitle, Waiting } from '../components/basics';
import { BackIcon, InfoIcon, PenIcon } from '../components/icons';
import { momentWords } from '../caseWords';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { holds, useSession } from '../session';
import type { Files, ProcedureItem } from './api';
import { compare, getProcedure, getProductFiles } from './api';
import { bring } from './imported';
import '../styles/procedures.css';

const BpmnView = lazy(() => import('../components/BpmnView'));

export default function ProductVersionPage() {
  const { id } = useParams<{ id: string }>();
  const procedure = useLoad(`procedure ${id}`, () => getProcedure(id));
  const product = useLoad(`product ${id}`, () => getProductFiles(id));
  const problem = procedure.problem ?? product.problem;
  return (
    <>
      <nav className="crumbs">
        <Link className="link" href={paths.procedure(id)}>
          <BackIcon />
          {procedure.value?.name ?? t('procedure.back')}
        </Link>
      </nav>
      {problem !== null && (
        <Failure problem={problem} onRetry={() => [procedure, product].forEach((one) => one.reload())} />
      )}
      {problem === null && (procedure.value === null || product.value === null) && <Waiting />}
      {procedure.value !== null && product.value !== null && (
        <Shown item={procedure.value} files={product.value.files} />
      )}
    </>
  );
}

function Shown({ item, files }: { item: ProcedureItem; files: Files }) {
  const { centre, me } = useSession();
  const [, navigate] = useLocation();
  const take = () => {
    bring({ processId: item.processId, files, whole: true, note: t('product.note') });
    navigate(paths.procedureEditor(item.processId));
  };
  const at = item.newProductVersion?.at;
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle title={t('product.title', { name: item.name })} windowTitle={t('product.window')} />
          <p>
            {t('product.head', {
              version: item.version,
              when: at === undefined ? '' : momentWords(at, centre.today),
            })}
          </p>
        </div>
        {holds(me, 'admin') && (
          <Button kind="primary" onClick={take}>
            <PenIcon />
            {t('product.take')}
          </Button>
        )}
      </div>
      <Banner icon={<InfoIcon />}>
        <p>{t('product.follows')}</p>
        {item.draft !== null && <p className="strong">{t('product.draft', { who: item.draft.savedBy.name })}</p>}
      </Banner>
      <Differences id={item.processId} files={files} />
      <Drawing name={item.name} xml={files['process.bpmn']} />
    </>
  );
}

/** From the office's version to the product's. */
function Differences({ id, files }: { id: string; files: Files }) {
  const found = useLoad(`product compare ${id}`, () => compare(id, { files }));
  return (
    <section className="card compare" aria-labelledby="differences">
      <header>
        <h2 id="differences">{t('product.differences')}</h2>
        {found.value !== null && (
          <span className="small quiet">{t('compare.count', { n: found.value.lines.length })}</span>
        )}
      </header>
      <div className="card-body">
        {found.problem !== null && <Failure problem={found.problem} onRetry={found.reload} />}
        {found.loading && <Waiting />}
        {found.value?.lines.length === 0 && <p>{t('procedure.nothingChanged')}</p>}
        <ul className="change-list">
          {found.value?.lines.map((line, index) => (
            <li key={index} className={line.change}>
              <span className="vh">{t(`change.${line.change}`)}: </span>
              {line.text}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Drawing({ name, xml }: { name: string; xml: string | undefined }) {
  const diagram = useMemo(
    () => (xml === undefined ? null : { name, xml, active: [], completed: [], flows: [], stopped: [] }),
    [name, xml],
  );
  if (diagram === null) return null;
  return (
    <section className="card procedure-diagram" aria-labelledby="product-diagram">
      <header>
        <h2 id="product-diagram">{t('product.diagram')}</h2>
      </header>
      <Suspense fallback={<Waiting />}>
        <BpmnView diagram={diagram} />
      </Suspense>
    </section>
  );
}
