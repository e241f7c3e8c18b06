/** Documents and attachments of a case: open, print, save as .docx or PDF. */
import { useState } from 'react';
import { Link } from 'wouter';
import type { Attachment, DocumentBrief, Problem } from '../api';
import { attachmentAddress, documentAddress } from '../api';
import { saveFile, showFile } from '../files';
import { dayOf, fileSize, plainDay } from '../format';
import { t } from '../i18n';
import { paths } from '../paths';
import { Refused } from './ActDialog';
import { Button, Empty } from './basics';
import { ClipIcon, DocumentIcon, PrinterIcon } from './icons';

const dayOfPaper = (paper: DocumentBrief) => paper.occurredOn ?? dayOf(paper.at);

/** "Wywiad, wersja 2": the first version needs no number. */
export const paperName = ({ name, version }: Pick<DocumentBrief, 'name' | 'version'>) =>
  version > 1 ? t('papers.version', { name, version }) : name;

export function DocumentList({
  caseNo,
  today,
  documents,
}: {
  caseNo: string;
  today: string;
  documents: DocumentBrief[];
}) {
  return (
    <ul className="paper-list">
      {[...documents]
        .sort((a, b) => b.number - a.number)
        .map((paper) => (
          <li key={paper.number}>
            <Link className="link" href={paths.document(caseNo, paper.number)}>
              <DocumentIcon />
              {paperName(paper)}
            </Link>
            <span className="when">{plainDay(dayOfPaper(paper), today)}</span>
          </li>
        ))}
    </ul>
  );
}

export function DocumentTable({
  caseNo,
  today,
  documents,
}: {
  caseNo: string;
  today: string;
  documents: DocumentBrief[];
}) {
  if (documents.length === 0) {
    return (
      <Empty icon={<DocumentIcon />} title={t('papers.none')}>
        <p className="small">{t('papers.noneHint')}</p>
      </Empty>
    );
  }
  return (
    <ul className="paper-list">
      {[...documents]
        .sort((a, b) => b.number - a.number)
        .map((paper) => (
          <li key={paper.number}>
            <div className="paper-what">
              <Link className="link" href={paths.document(caseNo, paper.number)}>
                <DocumentIcon />
                {paperName(paper)}
              </Link>
              <p className="when">
                {t('papers.by', { who: paper.author.name, day: plainDay(dayOf(paper.at), today) })}
                {paper.occurredOn !== null && paper.occurredOn !== dayOf(paper.at)
                  ? ` ${t('papers.about', { day: plainDay(paper.occurredOn, today) })}`
                  : ''}
              </p>
            </div>
            <PaperActs caseNo={caseNo} number={paper.number} name={paperName(paper)} />
          </li>
        ))}
    </ul>
  );
}

/** Print, Word, PDF; the name of the paper is part of each label, because it stands in a list. */
export function PaperActs({ caseNo, number, name }: { caseNo: string; number: number; name: string }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const file = (as: 'docx' | 'pdf') => `${caseNo}-${number}.${as}`;
  const act = async (run: () => Promise<Problem | null>) => {
    if (busy) return;
    setBusy(true);
    setProblem(await run());
    setBusy(false);
  };
  return (
    <div className="paper-acts">
      <div className="acts">
        <Button
          kind="quiet"
          aria-label={t('papers.printLabel', { name })}
          onClick={() => void act(() => showFile(documentAddress(caseNo, number, 'print')))}
        >
          <PrinterIcon />
          {t('papers.print')}
        </Button>
        {(['docx', 'pdf'] as const).map((as) => (
          <Button
            key={as}
            kind="quiet"
            aria-label={t('papers.saveLabel', { name, as: t(`papers.${as}`) })}
            onClick={() => void act(() => saveFile(documentAddress(caseNo, number, as), file(as)))}
          >
            {t(`papers.${as}`)}
          </Button>
        ))}
      </div>
      <Refused problem={problem} />
    </div>
  );
}

export function AttachmentList({
  caseNo,
  today,
  attachments,
}: {
  caseNo: string;
  today: string;
  attachments: Attachment[];
}) {
  const [problem, setProblem] = useState<Problem | null>(null);
  if (attachments.length === 0) return <p className="card-body small quiet">{t('papers.noAttachments')}</p>;
  return (
    <>
      <ul className="paper-list">
        {attachments.map((file) => (
          <li key={file.id}>
            <div className="paper-what">
              <Button
                kind="quiet"
                aria-label={t('papers.downloadLabel', { name: file.name })}
                onClick={() => void saveFile(attachmentAddress(caseNo, file.id), file.name).then(setProblem)}
              >
                <ClipIcon />
                {file.name}
              </Button>
              <p className="when">
                {[
                  fileSize(file.size),
                  t('papers.by', { who: file.by.name, day: plainDay(dayOf(file.at), today) }),
                  file.state === 'unscanned' ? t('papers.unscanned') : '',
                ]
                  .filter(Boolean)
                  .join(', ')}
              </p>
            </div>
          </li>
        ))}
      </ul>
      <Refused problem={problem} />
    </>
  );
}
