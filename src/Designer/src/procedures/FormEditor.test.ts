// @vitest-environment jsdom
import { describe, expect, it, vi } from 'vitest';
import { keysOf, labelsOf } from './FormEditor';

vi.mock('@bpmn-io/form-js-editor', () => ({ FormEditor: vi.fn() }));

const form = {
  components: [
    { key: 'criteria', label: 'Kryteria' },
    { type: 'group', path: 'sign', components: [{ key: 'person', label: 'Imię i nazwisko' }] },
    { type: 'group', components: [{ key: 'reasons', label: 'Uzasadnienie' }] },
  ],
};

describe('Fields that the law holds', () => {
  it('are known by the path of their group, as the law names them', () => {
    expect([...keysOf(form)]).toEqual(['criteria', 'sign.person', 'reasons']);
    expect(labelsOf(form, ['sign.person', 'other'])).toBe('„Imię i nazwisko”, „other”');
  });
});
