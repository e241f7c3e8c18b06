// @vitest-environment jsdom
import { camundaBuiltins } from '@camunda/feel-builtins';
import { describe, expect, it } from 'vitest';
import { feelWords, FUNCTIONS, speakFeel } from './feelWords';

const engine = Object.values(
  import.meta.glob<string>('../../../Workflows/Engine/Expressions/FeelFunctions*.cs', {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
).join('\n');

describe('words of the FEEL editor', () => {
  it('explains every function it offers in Polish, with its signature and examples', () => {
    expect(camundaBuiltins.length).toBeGreaterThan(80);
    for (const { name, info } of camundaBuiltins) {
      expect(info.startsWith(`<p>${FUNCTIONS[name]}</p>`), name).toBe(true);
      expect(info, name).toContain('<pre>');
      expect(info.replace(/<pre>[^]*?<\/pre>/g, ''), name).not.toMatch(/Returns|Function|Examples|Camunda/);
    }
  });

  it('offers no function that the engine does not know', () => {
    expect(
      Object.keys(FUNCTIONS).filter((name) => !engine.includes(`Define("${name}"`) && !engine.includes(`"${name}",`)),
    ).toEqual([]);
  });

  it('says in Polish what is wrong, and leaves other texts alone', () => {
    expect(feelWords('Unrecognized token <Identifier> in <Expression>')).toMatch(/FEEL nie zna/);
    expect(feelWords('Incomplete <IfExpression>')).toMatch(/dokończ/);
    expect(feelWords('Termin wizyty')).toBeNull();
  });

  it('changes a message where it is shown, as long as an editor stands', async () => {
    const place = document.createElement('div');
    const show = async (text: string) => {
      place.innerHTML = `<div class="cm-tooltip"><span class="cm-diagnosticText">${text}</span></div>`;
      await new Promise((done) => setTimeout(done));
      return place.textContent;
    };
    document.body.append(place);
    const quiet = speakFeel();
    expect(await show('Incomplete Expression')).toBe('Tu czegoś brakuje: dokończ wyrażenie.');
    quiet();
    expect(await show('Incomplete Expression')).toBe('Incomplete Expression');
    place.remove();
  });
});
