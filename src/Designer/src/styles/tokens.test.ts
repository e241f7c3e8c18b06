import { describe, expect, it } from 'vitest';
import source from './tokens.css?raw';

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const tokens = new Map<string, [string, string]>(
  [...source.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [
    name as string,
    [light as string, dark as string],
  ]),
);

const on = (texts: string, grounds: string, least: number) =>
  texts.split(' ').flatMap((text) => grounds.split(' ').map((ground) => [text, ground, least] as const));

const surfaces = 'paper card sunken hover';
const pairs = [
  ...on('ink ink-2', `${surfaces} accent-soft warn-soft danger-soft ok-soft law-soft`, 4.5),
  ...on('accent-text', `${surfaces} accent-soft`, 4.5),
  ...on('law', `${surfaces} law-soft`, 4.5),
  ...on('danger', `${surfaces} danger-soft`, 4.5),
  ...on('warn', `${surfaces} warn-soft`, 4.5),
  ...on('ok', `${surfaces} ok-soft`, 4.5),
  ...on('on-accent', 'accent accent-hover', 4.5),
  ...on('on-law', 'law', 4.5),
  ...on('on-danger', 'danger', 4.5),
  ...on('on-bar on-bar-2', 'bar', 4.5),
  ...on('paper', 'ink', 4.5),
  ...on('focus line-strong accent', surfaces, 3),
].flatMap(([text, ground, least]) => [
  { theme: 'light', text, ground, least, at: 0 as const },
  { theme: 'dark', text, ground, least, at: 1 as const },
]);

describe('tokens', () => {
  it.each(pairs)('$text on $ground, $theme, is at least $least to 1', ({ text, ground, least, at }) => {
    const colours = [tokens.get(text)?.[at], tokens.get(ground)?.[at]];
    expect(colours).not.toContain(undefined);
    expect(contrast(colours[0] as string, colours[1] as string)).toBeGreaterThanOrEqual(least);
  });
});
