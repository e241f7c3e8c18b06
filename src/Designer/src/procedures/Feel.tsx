/** An expression as it is written, checked while it is typed. */
import { useEffect, useState } from 'react';
import { checkFeel } from './api';
import { Line } from './panel';

const ASK_MS = 350;

type Props = {
  label: string;
  value: string;
  onCommit: (value: string) => void;
  property?: string;
  hint?: string;
  optional?: boolean;
  error?: string | undefined;
};

/** Text of an answer typed as `=…`; only such texts are expressions. */
export function FeelLine({ error, ...props }: Props) {
  const [typed, setTyped] = useState(props.value);
  const [found, setFound] = useState<{ of: string; message: string } | null>(null);
  useEffect(() => {
    const expression = typed.replace(/^=\s*/, '').trim();
    if (!typed.startsWith('=') || expression === '') return;
    let wanted = true;
    const timer = setTimeout(() => {
      void checkFeel(expression).then((answer) => {
        if (!wanted || !answer.ok) return;
        const { problem } = answer.value;
        setFound(problem === null ? null : { of: typed, message: problem.message });
      });
    }, ASK_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [typed]);
  const told = found !== null && found.of === typed ? found.message : error;
  return <Line {...props} error={told} onTyped={setTyped} />;
}
