import { useEffect, useRef } from 'react';
import { t } from '../i18n';
import { AlertIcon } from './icons';

export type FieldError = {
  /** id of the element to go to; empty for an error of the whole form */ id: string;
  text: string;
  /** id of the field in its form */
  field?: string;
};

type Props = {
  errors: FieldError[];
  turn: number;
  /** The field may lie in a part that is not open. */
  onGo?: ((error: FieldError) => void) | undefined;
};

/** Stands on top after a refused form and takes the focus; each line goes to its field. */
export function ErrorSummary({ errors, turn, onGo }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (turn > 0) box.current?.focus();
  }, [turn]);
  if (errors.length === 0) return null;
  return (
    <div className="error-summary" role="alert" tabIndex={-1} ref={box}>
      <h2>
        <AlertIcon />
        {t('errors.title', { n: errors.length })}
      </h2>
      <p className="small quiet">{t('errors.kept')}</p>
      <ul>
        {errors.map((error, index) => (
          <li key={`${error.id} ${index}`}>
            {error.id === '' ? (
              <p className="error">{error.text}</p>
            ) : (
              <a
                href={`#${error.id}`}
                onClick={(event) => {
                  event.preventDefault();
                  onGo?.(error);
                  goTo(error.id);
                }}
              >
                {error.text}
              </a>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Puts the field in sight and the focus on the first thing in it that takes one. */
export function goTo(id: string): void {
  const place = document.getElementById(id);
  if (place === null) return;
  const field = place.matches('input, select, textarea, button')
    ? place
    : (place.querySelector<HTMLElement>('input, select, textarea, button') ?? place);
  field.scrollIntoView({ block: 'center' });
  field.focus({ preventScroll: true });
}
