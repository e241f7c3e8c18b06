import { answersOf, type AnswerRow, type Names } from '../answers';
import type { Content } from '../api';
import { t } from '../i18n';

/** A filled form as plain text, to read and to print. */
export function Answers({ schema, content, names }: { schema: Content; content: Content; names?: Names }) {
  const rows = answersOf(schema, content, names);
  if (rows.length === 0) return <p className="quiet">{t('paper.empty')}</p>;
  return (
    <div className="answers">
      <Rows rows={rows} />
    </div>
  );
}

/** Neighbouring answers share one list of terms. */
function Rows({ rows }: { rows: AnswerRow[] }) {
  const parts: AnswerRow[][] = [];
  for (const row of rows) {
    const last = parts.at(-1);
    if (row.kind === 'answer' && last?.[0]?.kind === 'answer') last.push(row);
    else parts.push([row]);
  }
  return parts.map((part, index) => {
    const [first] = part;
    if (first?.kind === 'group') {
      return (
        <section key={index}>
          {first.label !== '' && <h2>{first.label}</h2>}
          <Rows rows={first.rows} />
        </section>
      );
    }
    if (first?.kind === 'list') {
      return (
        <section key={index}>
          {first.label !== '' && <h2>{first.label}</h2>}
          <ol>
            {first.items.map((item, number) => (
              <li key={number}>
                <Rows rows={item} />
              </li>
            ))}
          </ol>
        </section>
      );
    }
    return (
      <dl key={index}>
        {part.map((row, number) =>
          row.kind === 'answer' ? (
            <div key={number}>
              <dt>{row.label}</dt>
              <dd>{row.text}</dd>
            </div>
          ) : null,
        )}
      </dl>
    );
  });
}
