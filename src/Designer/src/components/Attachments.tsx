/**
 * Files of a task, which are files of its case: a photo from the camera or a file. A photo loses its place and time
 * before it leaves the device.
 */
import { useRef, useState } from 'react';
import { attach, attachmentAddress, newIntention, OFFLINE, type Attachment } from '../api';
import { fileSize, nearMoment } from '../format';
import { t } from '../i18n';
import { useSession } from '../session';
import { Button, wordsOf } from './basics';
import { AlertIcon, CameraIcon, ClipIcon } from './icons';

const ACCEPTED = 'image/jpeg,image/png,application/pdf,.docx,.odt,.xlsx,.txt';
const LONGEST_SIDE = 2400;

type Props = { taskKey: string; caseNo: string; attachments: Attachment[]; off: boolean };

export function Attachments({ taskKey, caseNo, attachments, off }: Props) {
  const { centre } = useSession();
  const [added, setAdded] = useState<Attachment[]>([]);
  const [sending, setSending] = useState('');
  const [error, setError] = useState('');
  const camera = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);

  const send = async (chosen: File | undefined) => {
    if (chosen === undefined || sending !== '') return;
    setError('');
    setSending(chosen.name);
    const words = await sendOne(chosen);
    setSending('');
    setError(words);
  };

  const sendOne = async (chosen: File): Promise<string> => {
    const file = chosen.type.startsWith('image/') ? await withoutTraces(chosen) : chosen;
    if (file === null) return t('attach.unreadable', { name: chosen.name });
    if (file.size > centre.attachmentBytesMax) {
      return t('attach.tooLarge', {
        name: chosen.name,
        size: fileSize(file.size),
        max: fileSize(centre.attachmentBytesMax),
      });
    }
    const intention = newIntention();
    const name = file === chosen ? chosen.name : chosen.name.replace(/\.\w+$/, '') + '.jpg';
    let answer = await attach(taskKey, file, name, intention);
    if (!answer.ok && answer.problem.title === OFFLINE) answer = await attach(taskKey, file, name, intention);
    if (answer.ok) {
      const { value } = answer;
      setAdded((before) => [...before, value]);
      return '';
    }
    const { problem } = answer;
    if (problem.title === OFFLINE) return t('attach.offline', { name: chosen.name });
    return problem.detail === '' && problem.status === 413
      ? t('attach.tooLarge', { name: chosen.name, size: fileSize(file.size), max: fileSize(centre.attachmentBytesMax) })
      : problem.detail === '' && problem.status === 415
        ? t('attach.type')
        : wordsOf(problem);
  };

  const all = [...attachments, ...added];
  return (
    <section className="attach" aria-labelledby="attachments">
      <h2 className="label" id="attachments">
        {t('attach.title')} <span className="opt">{t('form.optional')}</span>
      </h2>
      {error !== '' && (
        <p className="error" role="alert">
          <AlertIcon />
          {error}
        </p>
      )}
      {all.length > 0 && (
        <ul className="card card-body doc-list">
          {all.map((one) => (
            <li key={one.id}>
              <a className="link" href={attachmentAddress(caseNo, one.id)} download={one.name}>
                <ClipIcon />
                {one.name}
              </a>
              <span className="quiet">
                {fileSize(one.size)}, {one.by.name}, {nearMoment(one.at, centre.today)}
                {one.state === 'unscanned' && `, ${t('attach.unscanned')}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      {!off && (
        <>
          <div className="row">
            <Button off={sending !== ''} onClick={() => camera.current?.click()}>
              <CameraIcon />
              {t('attach.photo')}
            </Button>
            <Button off={sending !== ''} onClick={() => files.current?.click()}>
              <ClipIcon />
              {t('attach.file')}
            </Button>
            <span role="status" className="small quiet">
              {sending !== '' && t('attach.sending', { name: sending })}
            </span>
          </div>
          <p className="hint">{t('attach.hint', { max: fileSize(centre.attachmentBytesMax) })}</p>
          <input
            ref={camera}
            hidden
            type="file"
            accept="image/*"
            capture="environment"
            onChange={({ target }) => {
              void send(target.files?.[0]);
              target.value = '';
            }}
          />
          <input
            ref={files}
            hidden
            type="file"
            accept={ACCEPTED}
            onChange={({ target }) => {
              void send(target.files?.[0]);
              target.value = '';
            }}
          />
        </>
      )}
    </section>
  );
}

/** Draws the picture anew: its place, time and device are not drawn. Null when the browser cannot read it. */
async function withoutTraces(photo: File): Promise<Blob | null> {
  try {
    const picture = await createImageBitmap(photo);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const pen = canvas.getContext('2d');
    if (pen === null) return null;
    // A transparent picture becomes a page of paper.
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.9));
  } catch {
    return null;
  }
}
