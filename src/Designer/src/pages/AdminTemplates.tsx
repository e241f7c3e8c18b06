/** The words of messages (szablony): plain text with a closed list of variables, seen before they are kept. */
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import type { RenderedNotice, Template, TemplateText } from '../api';
import { getTemplates, previewTemplate, resetTemplate, saveTemplate } from '../api';
import { ActDialog, Refused, useAct } from '../components/ActDialog';
import { Button, Empty, Failure, PageTitle, Status, Waiting } from '../components/basics';
import { InputField, TextField } from '../components/fields';
import { MailIcon } from '../components/icons';
import { toast } from '../components/Overlay';
import { momentWords } from '../caseWords';
import { useLoad } from '../hooks';
import { t, tCode } from '../i18n';
import { useSession } from '../session';
import '../styles/account.css';

export default function AdminTemplates() {
  const [address, setAddress] = useSearchParams();
  const all = useLoad('templates', getTemplates);
  const items = all.value?.items ?? [];
  const chosen = items.find((one) => one.name === address.get('szablon')) ?? items[0];
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle title={t('templates.title')} />
          <p>{t('templates.hint')}</p>
        </div>
      </div>
      {all.loading && <Waiting />}
      {all.problem !== null && <Failure problem={all.problem} onRetry={all.reload} />}
      <div className="filters" role="group" aria-label={t('templates.choose')}>
        {items.map((one) => (
          <button
            key={one.name}
            type="button"
            className="chip"
            aria-pressed={one.name === chosen?.name}
            onClick={() => setAddress({ szablon: one.name })}
          >
            {tCode('noticeKind', one.name)}
          </button>
        ))}
      </div>
      {chosen !== undefined && (
        <TemplateForm key={`${chosen.name}:${chosen.changedAt ?? ''}`} template={chosen} onSaved={all.reload} />
      )}
    </>
  );
}

function TemplateForm({ template, onSaved }: { template: Template; onSaved: () => void }) {
  const [text, setText] = useState<TemplateText>(template.text);
  const [message, setMessage] = useState<RenderedNotice | null>(null);
  const [resetting, setResetting] = useState(false);
  const name = tCode('noticeKind', template.name);
  const save = useAct(
    () => saveTemplate(template.name, text),
    () => {
      toast(t('templates.saved'));
      onSaved();
    },
  );
  const preview = useAct(() => previewTemplate(template.name, text), setMessage);
  const errors = { ...preview.errors, ...save.errors };
  const set = (field: keyof TemplateText) => (value: string) => setText({ ...text, [field]: value });
  return (
    <div className="account-grid">
      <section className="card" aria-labelledby="template-name">
        <header>
          <h2 id="template-name">{name}</h2>
        </header>
        <form className="card-body" noValidate onSubmit={save.submit}>
          <Whose template={template} />
          <Refused problem={save.problem ?? preview.problem} />
          {template.fields.map((field) =>
            field === 'body' ? (
              <TextField
                key={field}
                label={t('templates.body')}
                hint={t('templates.bodyHint')}
                value={text.body}
                onChange={set('body')}
                error={errors['body']}
              />
            ) : (
              <InputField
                key={field}
                label={t(`templates.${field}`)}
                value={text[field]}
                onChange={set(field)}
                error={errors[field]}
                autoComplete="off"
              />
            ),
          )}
          <p className="small quiet">
            {t('templates.variables')}{' '}
            {template.variables.map((one) => `{${one}} – ${tCode('templateVariable', one)}`).join('; ')}
          </p>
          <div className="dialog-actions">
            {template.changedBy !== null && (
              <Button kind="quiet" onClick={() => setResetting(true)}>
                {t('templates.reset')}
              </Button>
            )}
            <Button onClick={preview.start} off={preview.busy}>
              {t('templates.preview')}
            </Button>
            <Button kind="primary" type="submit" off={save.busy}>
              {save.busy ? t('act.busy') : t('templates.save')}
            </Button>
          </div>
        </form>
      </section>
      <Preview message={message} />
      {resetting && (
        <ActDialog
          title={t('templates.resetTitle')}
          act={t('templates.resetAct')}
          run={() => resetTemplate(template.name)}
          onClose={() => setResetting(false)}
          onDone={() => {
            setResetting(false);
            toast(t('templates.resetDone'));
            onSaved();
          }}
        >
          <p>{t('templates.resetFollows', { name })}</p>
        </ActDialog>
      )}
    </div>
  );
}

function Whose({ template }: { template: Template }) {
  const { centre } = useSession();
  if (template.changedBy === null || template.changedAt === null) {
    return <Status kind="done">{t('templates.shipped')}</Status>;
  }
  const values = { who: template.changedBy.name, when: momentWords(template.changedAt, centre.today) };
  return <Status kind="new">{t('templates.changed', values)}</Status>;
}

function Preview({ message }: { message: RenderedNotice | null }) {
  return (
    <section className="card" aria-labelledby="template-preview" aria-live="polite">
      <header>
        <h2 id="template-preview">{t('templates.previewTitle')}</h2>
      </header>
      <div className="card-body stack">
        {message === null ? (
          <Empty icon={<MailIcon />} title={t('templates.previewNone')} />
        ) : (
          <>
            <dl className="facts">
              <dt>{t('templates.subject')}</dt>
              <dd>{message.subject}</dd>
              <dt>{t('templates.preview.teams')}</dt>
              <dd>{message.preview}</dd>
            </dl>
            {/* No script and no address of others: the page is made by the server, and shut up in a box all the same. */}
            <iframe className="message" title={t('templates.previewTitle')} sandbox="" srcDoc={message.html} />
            <details>
              <summary>{t('templates.asText')}</summary>
              <pre className="message-text">{message.text}</pre>
            </details>
          </>
        )}
      </div>
    </section>
  );
}
