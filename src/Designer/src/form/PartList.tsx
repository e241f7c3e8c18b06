/** The list of the parts of a form and the heading of the open one; every part can be opened at any time. */
import type { Ref } from 'react';
import { CheckIcon, AlertIcon } from '../components/icons';
import { t } from '../i18n';
import type { PartsShown } from './parts';

type Props = { shown: PartsShown; onOpen: (index: number) => void; heading: Ref<HTMLHeadingElement> };

export function PartList({ shown: { parts, at }, onOpen, heading }: Props) {
  const place = parts.findIndex((part) => part.index === at);
  return (
    <>
      <nav aria-label={t('parts.label')}>
        <ol className="steps parts">
          {parts.map((part, index) => (
            <li key={part.index} className={[part.index === at ? 'now' : '', markOf(part.state)].join(' ').trim()}>
              <button
                type="button"
                aria-current={part.index === at ? 'step' : undefined}
                aria-label={t('parts.name', { n: index + 1, name: part.name, state: t(`parts.${part.state}`) })}
                onClick={() => onOpen(part.index)}
              >
                <b aria-hidden="true">
                  {part.state === 'ok' ? <CheckIcon /> : part.state === 'bad' ? <AlertIcon /> : index + 1}
                </b>
                <span aria-hidden="true">{part.name}</span>
              </button>
            </li>
          ))}
        </ol>
      </nav>
      <h2 className="part-title" tabIndex={-1} ref={heading}>
        {t('parts.title', { n: place + 1, of: parts.length, name: parts[place]?.name ?? '' })}
      </h2>
    </>
  );
}

const markOf = (state: string) => (state === 'todo' ? '' : state);
